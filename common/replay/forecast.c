#include <inttypes.h>

#include "ops/log.h"
#include "ops/stop.h"
#include "replay/replay.h"
#include "replay/source.h"

enum { BATCH = 1000, READ_MS = 200 };

static int
count(const struct replay_job *job, const struct bus_record *r, struct replay_forecast *f,
      struct err *err)
{
	bool meant;

	f->read++;
	if (filter_ask(job->filter, r, &meant, err))
		return err->class == ERR_REJECT
			   ? (log_warn("topic=%s partition=%d offset=%lld: where: %s",
				       r->topic, r->partition, (long long)r->offset,
				       err->text),
			      0)
			   : -1;
	if (!meant)
		return 0;
	if (f->meant++ == 0)
		f->first_ms = f->last_ms = r->time_ms;
	f->bytes += (int64_t)bus_record_size(r);
	f->first_ms = r->time_ms < f->first_ms ? r->time_ms : f->first_ms;
	f->last_ms = r->time_ms > f->last_ms ? r->time_ms : f->last_ms;
	return 0;
}

int
replay_foresee(const struct replay_job *job, struct replay_forecast *f, struct err *err)
{
	struct source_start start = { job->bus, job->line.source, job->from_ms,
				      job->to_ms };
	struct source s = { 0 };
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;
	int failed;

	*f = (struct replay_forecast){ 0 };
	failed = source_open(&s, &start, err) ||
		 s.type->fix(s.state, &f->places, &f->place_count, err) ||
		 s.type->begin(s.state, f->places, f->place_count, err);
	while (!failed && !(end && n == 0) && !stop_asked()) {
		failed = s.type->read(s.state, &r, &n, BATCH, READ_MS, &end, err);
		for (size_t i = 0; !failed && i < n; i++)
			failed = count(job, &r[i], f, err);
	}
	source_close(&s);
	return failed ? -1 : 0;
}
