#include "tests/lib/broker.h"

#include "tests/lib/server.h"

void
broker(const char *verb, char *address, size_t size)
{
	static struct server one = { "broker" };

	server(&one, verb, address, size);
}
