#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/guess.h"

/* One sentence each, as short as a lead; names of other languages in some of them. */
static const struct {
	const char *language, *text;
} rows[] = {
	{ "en", "Ferries between the islands stopped on Saturday because of a storm." },
	{ "en",
	  "Police in São Paulo arrested three men after the match, officials said." },
	{ "en", "Teacher wins mayoral vote in Blantyre at second attempt" },
	{ "de",
	  "Die Fähren zwischen den Inseln standen am Samstag wegen eines Sturms still." },
	{ "de", "Landtag stimmt für Gesetz gegen hohe Mieten" },
	{ "fr", "Les traversiers entre les îles se sont arrêtés samedi à cause d'une "
		"tempête." },
	{ "es", "Los transbordadores entre las islas pararon el sábado a causa de una "
		"tormenta." },
	{ "pt",
	  "As balsas entre as ilhas pararam no sábado por causa de uma tempestade." },
	{ "it",
	  "I traghetti tra le isole si sono fermati sabato a causa di una tempesta." },
	{ "nl",
	  "De veerboten tussen de eilanden lagen zaterdag stil vanwege een storm." },
	{ "sv", "Färjorna mellan öarna stod stilla på lördagen på grund av en storm, och "
		"många väntar." },
	{ "da", "Færgerne mellem øerne lå stille lørdag på grund af en storm, siger "
		"rederiet." },
	{ "nb", "Fergene mellom øyene lå stille lørdag på grunn av en storm, sier "
		"rederiet. Det ble kaldt "
		"etter at været snudde, sa en passasjer." },
	{ "fi", "Saarten väliset lautat eivät kulkeneet lauantaina myrskyn takia, ja "
		"matkustajat ovat "
		"satamassa." },
	{ "pl", "Promy między wyspami stanęły w sobotę z powodu burzy, poinformował "
		"przewoźnik." },
	{ "cs",
	  "Trajekty mezi ostrovy v sobotu kvůli bouři nevyplouvaly, uvedl dopravce." },
	{ "sk", "Trajekty medzi ostrovmi v sobotu pre búrku nevyplávali, uviedol "
		"dopravca, ktorý to "
		"povedal aj médiám." },
	{ "hu", "A szigetek közötti kompok szombaton a vihar miatt nem közlekedtek." },
	{ "ro", "Feriboturile dintre insule s-au oprit sâmbătă din cauza unei furtuni, a "
		"spus compania." },
	{ "tr", "Adalar arasındaki feribotlar cumartesi günü fırtına nedeniyle durdu ve "
		"yolcular bekliyor." },
	{ "hr",
	  "Trajekti između otoka stali su u subotu zbog oluje, rekao je prijevoznik." },
	{ "id",
	  "Feri antarpulau berhenti pada hari Sabtu karena badai, kata perusahaan itu." },
	{ "vi", "Phà giữa các đảo đã ngừng chạy hôm thứ Bảy vì bão." },
	{ "sw",
	  "Vivuko kati ya visiwa vilisimama siku ya Jumamosi kwa sababu ya dhoruba." },
	{ "tl",
	  "Tumigil ang mga ferry sa pagitan ng mga isla noong Sabado dahil sa bagyo." },
	{ "ru", "Паромы между островами встали в субботу из-за шторма." },
	{ "uk",
	  "Пороми між островами зупинилися в суботу через шторм, повідомила компанія." },
	{ "bg",
	  "Фериботите между островите спряха в събота заради буря, каза компанията." },
	{ "sr", "Трајекти између острва стали су у суботу због олује." },
	{ "el", "Τα πλοία ανάμεσα στα νησιά έμειναν στο λιμάνι." },
	{ "ar", "توقفت العبارات بين الجزر يوم السبت بسبب عاصفة." },
	{ "fa", "کشتی‌های میان جزیره‌ها روز شنبه به دلیل توفان از "
		"حرکت "
		"ماند." },
	{ "ur", "جزیروں کے درمیان کشتیاں ہفتے کو طوفان کی وجہ سے بند رہیں۔" },
	{ "he", "המעבורות בין האיים נעצרו בשבת בגלל סערה." },
	{ "hi", "द्वीपों के बीच की नावें शनिवार को तूफान के कारण बंद रहीं।" },
	{ "bn", "ঝড়ের কারণে শনিবার দ্বীপগুলোর মধ্যে ফেরি বন্ধ ছিল।" },
	{ "ta", "புயல் காரணமாக சனிக்கிழமை படகுகள் நின்றன." },
	{ "th", "เรือข้ามฟากระหว่างเกาะหยุดเดินเรือเมื่อวันเสาร์เพราะพายุ" },
	{ "ko", "섬을 오가는 배가 토요일 폭풍으로 멈췄다." },
	{ "ja", "島を結ぶ船は土曜日、嵐のため欠航した。" },
	{ "zh", "岛屿之间的渡轮周六因风暴停航。" },
};

static void
a_sentence_tells_its_language(void **state)
{
	struct err err;
	struct guess *g = guess_new("lexicon", &err);
	int wrong = 0;

	(void)state;
	assert_non_null(g);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *got = guess_language(g, rows[i].text, strlen(rows[i].text));

		if (!got || strcmp(got, rows[i].language))
			wrong += printf("%s taken for %s: %s\n", rows[i].language,
					got ? got : "none", rows[i].text) > 0;
	}
	assert_int_equal(wrong, 0);
	guess_free(g);
}

static void
what_has_no_words_has_no_language(void **state)
{
	static const char *const none[] = { "", "1-0, 2-1, 3:3", "???", "Xqz",
					    "\xF0\x9F\x98\x80" };
	struct err err;
	struct guess *g = guess_new("lexicon", &err);

	(void)state;
	assert_non_null(g);
	for (size_t i = 0; i < LENGTH(none); i++)
		assert_null(guess_language(g, none[i], strlen(none[i])));
	guess_free(g);
}

/* A sentence, so many times, and then another one. */
static const char *
guess_two(const struct guess *g, const char *first, int n, const char *second, int m)
{
	struct buf text;
	const char *got;

	buf_init(&text, 100000);
	for (; n > 0; n--)
		buf_adds(&text, first);
	for (; m > 0; m--)
		buf_adds(&text, second);
	got = guess_language(g, text.data, text.size);
	buf_release(&text);
	return got;
}

/* The first thousand bytes decide where they are of one language, else three thousand. */
static void
as_much_is_read_as_it_takes(void **state)
{
	static const char english[] = "He said that they would be at the harbour with the others. ";
	static const char german[] = "Der Hafen ist wegen eines Sturms geschlossen, und die Leute warten. ";
	static const char table[] = "Oslo 14 Lima 22 Kyiv 9 Baku 17 Quito 12 Doha 31 Tunis 24. ";
	struct err err;
	struct guess *g = guess_new("lexicon", &err);

	(void)state;
	assert_non_null(g);
	assert_string_equal(guess_two(g, english, 20, german, 100), "en");
	assert_string_equal(guess_two(g, english, 8, german, 100), "de");
	assert_string_equal(guess_two(g, table, 20, german, 100), "de");
	assert_null(guess_two(g, table, 60, german, 100));
	guess_free(g);
}

static void
a_missing_table_is_said(void **state)
{
	struct err err;

	(void)state;
	assert_null(guess_new("no/such/place", &err));
	assert_int_equal(err.class, ERR_USAGE);
}

/* More words than there is room for, and a letter of a script that tells itself. */
static void
a_bad_table_is_said(void **state)
{
	static const char *const bad[] = { "are too many", "U+3042 is beyond" };
	char dir[] = "/tmp/guess_test_XXXXXX";
	char *path;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = must_printf("%s/languages.tsv", dir);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		FILE *f = fopen(path, "w");
		struct err err;

		assert_non_null(f);
		fprintf(f, "language\tscript\tletters\twords\nen\tLatn\t%s\t",
			i ? "\xE3\x81\x82" : "");
		for (int k = 0; k < (i ? 1 : 5000); k++)
			fprintf(f, "%sw%d", k ? " " : "", k);
		assert_int_equal(fclose(f), 0);
		assert_null(guess_new(dir, &err));
		assert_int_equal(err.class, ERR_USAGE);
		assert_non_null(strstr(err.text, bad[i]));
	}
	assert_int_equal(unlink(path) | rmdir(dir), 0);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_tells_its_language),
		cmocka_unit_test(what_has_no_words_has_no_language),
		cmocka_unit_test(as_much_is_read_as_it_takes),
		cmocka_unit_test(a_missing_table_is_said),
		cmocka_unit_test(a_bad_table_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
