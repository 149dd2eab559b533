#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <iconv.h>

#include "base/mem.h"
#include "text/charset.h"
#include "text/utf8.h"

#define S(literal) literal, sizeof(literal) - 1

static void
bytes_become_clean_text(void **state)
{
	static const struct {
		const char *name, *in;
		size_t n;
		const char *charset, *out;
	} rows[] = {
		{ "nothing", S(""), "UTF-8", "" },
		{ "ASCII", S("one\ntwo"), "UTF-8", "one\ntwo" },
		{ "a BOM",
		  S("\xEF\xBB\xBF"
		    "d\xC3\xA9j\xC3\xA0"),
		  "UTF-8", "d\xC3\xA9j\xC3\xA0" },
		{ "a BOM alone", S("\xEF\xBB\xBF"), "UTF-8", "" },
		{ "UTF-16LE", S("\xFF\xFEn\0\xE9\0\x3D\xD8\x00\xDE"), "UTF-16LE",
		  "n\xC3\xA9\xF0\x9F\x98\x80" },
		{ "UTF-16BE", S("\xFE\xFF\0n\0\xE9"), "UTF-16BE", "n\xC3\xA9" },
		{ "UTF-16LE without a BOM", S("T\0w\0o\0 \0s\0h\0i\0p\0s\0"), "UTF-16LE",
		  "Two ships" },
		{ "half a character of UTF-16",
		  S("\xFF\xFE"
		    "a\0b"),
		  "UTF-16LE", "a\xEF\xBF\xBD" },
		{ "a lone surrogate", S("\xFE\xFF\xD8\x00\0a"), "UTF-16BE",
		  "\xEF\xBF\xBD"
		  "a" },
		{ "line ends",
		  S("a\r\nb\rc\n\fd\xE2\x80\xA8"
		    "e"),
		  "UTF-8", "a\nb\nc\n\nd\ne" },
		{ "control characters", S("a\x01\x1B[1mb\x7F\x1A"), "UTF-8", "a[1mb" },
		{ "a NUL", S("a\0b"), "UTF-8", "ab" },
		{ "C1 in UTF-8", S("it\xC2\x92s \xC2\x93so\xC2\x94\xC2\x81"), "UTF-8",
		  "it\xE2\x80\x99s \xE2\x80\x9Cso\xE2\x80\x9D" },
		{ "spaces",
		  S("10\xC2\xA0"
		    "km\xE2\x80\xAFh\xE3\x80\x80x"),
		  "UTF-8", "10 km h  x" },
		{ "what is not seen",
		  S("a\xC2\xAD"
		    "b\xE2\x80\x8B"
		    "c\xE2\x80\xAE"
		    "d\xEF\xBB\xBF"),
		  "UTF-8", "abcd" },
		{ "decomposed", S("cafe\xCC\x81"), "UTF-8", "caf\xC3\xA9" },
		{ "one bad byte in UTF-8", S("\xC3\xA9t\xC3\xA9 \xC3\xA0 N\xEEmes"),
		  "UTF-8", "\xC3\xA9t\xC3\xA9 \xC3\xA0 N\xC3\xAEmes" },
		{ "cut in a character", S("\xC3\xA9\xC3\xA9\xC3\xA9 \xE2\x82"), "UTF-8",
		  "\xC3\xA9\xC3\xA9\xC3\xA9 \xEF\xBF\xBD" },
	};
	struct buf out;
	struct err err;
	const char *charset;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		buf_init(&out, 4096);
		if (text_decode(rows[i].in, rows[i].n, &out, &charset, &err))
			fail_msg("%s: %s", rows[i].name, err.text);
		if (strcmp(out.data ? out.data : "", rows[i].out) ||
		    strcmp(charset, rows[i].charset))
			fail_msg("%s: %s '%s'", rows[i].name, charset, out.data);
		buf_release(&out);
	}
}

/* Sentences of our own, one a language, in the charsets that files of it came in. */
static void
unlabelled_charsets_are_recognised(void **state)
{
	static const struct {
		const char *charset, *text;
	} rows[] = {
		{ "WINDOWS-1252",
		  "Die Fähre nach Rügen fährt wegen des Sturms am Samstag nicht, teilte "
		  "die "
		  "Reederei mit. Die Gäste müssen über Nacht im Hafen bleiben." },
		{ "ISO-8859-1", "Le maire a annoncé mercredi la fermeture du marché "
				"couvert, dont la toiture "
				"menace de s'écrouler après les pluies de décembre." },
		{ "ISO-8859-1", "El presidente del club anunció el martes que dimitirá "
				"después de la última "
				"jornada, según informó la prensa española." },
		{ "ISO-8859-1",
		  "O governo não vai subir os preços da água este ano, disse a ministra "
		  "em "
		  "declarações à rádio, apesar da seca nas regiões do sul." },
		{ "WINDOWS-1251", "Паромы между островами встали в субботу из-за шторма, "
				  "сообщила компания. "
				  "Пассажиры ночуют в порту и ждут утреннего рейса." },
		{ "KOI8-R", "Паромы между островами встали в субботу из-за шторма, "
			    "сообщила компания. "
			    "Пассажиры ночуют в порту и ждут утреннего рейса." },
		{ "ISO-8859-2", "Prezydent miasta zapowiedział w środę, że most zostanie "
				"zamknięty do wiosny. "
				"Objazd będzie prowadził przez Łomżę i żółty wiadukt." },
		{ "ISO-8859-7",
		  "Τα πλοία έμειναν στο λιμάνι το Σάββατο εξαιτίας της θύελλας, "
		  "ανακοίνωσε η "
		  "εταιρεία. Οι επιβάτες περιμένουν το πρωινό δρομολόγιο." },
		{ "SHIFT_JIS", "島を結ぶ船は土曜日、嵐のため欠航したと会社が発表した。乗"
			       "客は港で夜を明かした。" },
		{ "EUC-JP", "島を結ぶ船は土曜日、嵐のため欠航したと会社が発表した。乗客は"
			    "港で夜を明かした。" },
		{ "ISO-2022-JP",
		  "島を結ぶ船は土曜日、嵐のため欠航したと会社が発表した。" },
		{ "GB18030", "公司周六表示,由于风暴,岛屿之间的渡轮停航。乘客在港口过夜,"
			     "等待早班船。" },
		{ "BIG5", "公司週六表示,由於風暴,島嶼之間的渡輪停航。乘客在港口過夜,"
			  "等待早班船。" },
		{ "EUC-KR", "섬을 오가는 배가 토요일 폭풍으로 멈췄다고 회사가 밝혔다. "
			    "승객들은 항구에서 밤을 보냈다." },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char packed[1024], *in = (char *)rows[i].text, *to = packed;
		size_t left = strlen(in), room = sizeof(packed);
		iconv_t cd = iconv_open(rows[i].charset, "UTF-8");
		struct buf out;
		struct err err;
		const char *charset;

		assert_int_equal(iconv(cd, &in, &left, &to, &room), 0);
		iconv(cd, NULL, NULL, &to, &room);
		iconv_close(cd);
		buf_init(&out, 4096);
		if (text_decode(packed, (size_t)(to - packed), &out, &charset, &err))
			fail_msg("%s: %s", rows[i].charset, err.text);
		if (strcmp(out.data, rows[i].text))
			fail_msg("%s taken for %s: %s", rows[i].charset, charset,
				 out.data);
		buf_release(&out);
	}
}

static void
what_is_no_text_is_refused(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *error;
	} rows[] = {
		{ S("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), "begins as PNG does" },
		{ S("%PDF-1.7 ..."), "begins as PDF does" },
		{ S("\0\0\0\0\0\0\0\0"), "binary: 8 of 8 bytes" },
		{ S("ab\1\2\3\4cd"), "binary: 4 of 8 bytes" },
	};
	struct buf out;
	struct err err;
	const char *charset;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(text_decode(rows[i].in, rows[i].n, &out, &charset, &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s", err.text);
	}
	buf_release(&out);
}

static void
any_bytes_come_out_clean_or_are_refused(void **state)
{
	char in[512];

	(void)state;
	srand(11);
	for (int round = 0; round < 4000; round++) {
		size_t n = (size_t)rand() % sizeof(in);
		struct buf out, again;
		struct err err;
		const char *charset;

		for (size_t i = 0; i < n; i++)
			in[i] = (char)(round % 2 ? 0x20 + rand() % 0xE0 : rand());
		buf_init(&out, 65536);
		buf_init(&again, 65536);
		if (!text_decode(in, n, &out, &charset, &err)) {
			assert_true(utf8_is_valid(out.data ? out.data : "", out.size));
			text_clean(out.data, out.size, &again);
			assert_int_equal(out.size, again.size);
			assert_memory_equal(out.data ? out.data : "",
					    again.data ? again.data : "", out.size);
		}
		buf_release(&out);
		buf_release(&again);
	}
}

static void
a_small_ceiling_is_an_error_not_a_shorter_text(void **state)
{
	struct buf out;
	struct err err;
	const char *charset;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(text_decode(S("\xFF\xFE"
				       "a\0b\0c\0d\0e\0f\0g\0h\0i\0"),
				     &out, &charset, &err),
			 -1);
	assert_int_equal(err.class, ERR_REJECT);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_clean_text),
		cmocka_unit_test(unlabelled_charsets_are_recognised),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(any_bytes_come_out_clean_or_are_refused),
		cmocka_unit_test(a_small_ceiling_is_an_error_not_a_shorter_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
