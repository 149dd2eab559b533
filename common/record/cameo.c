/*
 * Countries are ISO 3166-1 alpha-3 here and, but for two, in CAMEO as well;
 * GDELT's places have FIPS 10-4.
 */
#include "record/cameo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What we have in place of a country. */
static const struct {
	const char *ours, *country, *type, *group;
} countries[] = {
	{ "KOS", "KSV", "", "" }, /* as in PETRARCH's dictionaries */
	{ "TLS", "TMP", "", "" }, /* the same */
	{ "IGO", "", "IGO", "" },    { "UNO", "", "IGO", "UNO" },
	{ "EUR", "", "IGO", "EEC" }, /* the European Union's code */
	{ "NGO", "", "NGO", "" },    { "IMG", "", "IMG", "" },
	{ "MNC", "", "MNC", "" },    { "ISM", "", "", "" },
};

/* PLOVER's sectors; one that is not here has no code in CAMEO. */
static const char *const types[][2] = {
	{ "COP", "COP" }, { "GOV", "GOV" }, { "JUD", "JUD" }, { "LEG", "LEG" },
	{ "MIL", "MIL" }, { "PTY", "PTY" }, { "REB", "REB" }, { "SPY", "SPY" },
	{ "UAF", "UAF" }, { "AGR", "AGR" }, { "BUS", "BUS" }, { "CRM", "CRM" },
	{ "CVL", "CVL" }, { "EDU", "EDU" }, { "ELI", "ELI" }, { "JRN", "MED" },
	{ "LAB", "LAB" }, { "MED", "HLH" }, { "REF", "REF" }, { "OPP", "OPP" },
	{ "REL", "REL" }, { "SOC", "CVL" },
};

static const char *
type_of(const char *sector)
{
	for (size_t i = 0; i < LENGTH(types); i++)
		if (!strcmp(types[i][0], sector))
			return types[i][1];
	return "";
}

bool
cameo_actor(const struct actor *a, struct cameo_actor *code)
{
	size_t n = 0;

	*code = (struct cameo_actor){ a->country ? a->country : "", "", { "", "", "" } };
	for (size_t i = 0; i < LENGTH(countries); i++) {
		if (strcmp(countries[i].ours, code->country))
			continue;
		code->country = countries[i].country;
		code->group = countries[i].group;
		if (*countries[i].type)
			code->types[n++] = countries[i].type;
		break;
	}
	for (size_t i = 0; i < a->sectors.count && n < LENGTH(code->types); i++)
		if (*type_of(a->sectors.items[i]))
			code->types[n++] = type_of(a->sectors.items[i]);
	return *code->country || n > 0;
}

int
cameo_quad(const char *event_code)
{
	static const int last[] = { 5, 9, 14, 20 };
	char root[3] = { 0 };

	memcpy(root, event_code, strnlen(event_code, 2));
	for (int quad = 0; quad < 4; quad++)
		if (atoi(root) >= 1 && atoi(root) <= last[quad])
			return quad + 1;
	return 0;
}

/* Sorted: three letters of ISO 3166-1, two of FIPS 10-4. */
static const char fips[] =
    "AFGAFAGOAOALBALANDANAREAEARGARARMAMATGACAUSASAUTAUAZEAJBDIBYBELBEBENBNBFAUV"
    "BGDBGBGRBUBHRBABHSBFBIHBKBLRBOBLZBHBOLBLBRABRBRBBBBRNBXBTNBTBWABCCAFCTCANCA"
    "CHESZCHLCICHNCHCIVIVCMRCMCODCGCOGCFCOLCOCOMCNCPVCVCRICSCUBCUCYPCYCZEEZDEUGM"
    "DJIDJDMADODNKDADOMDRDZAAGECUECEGYEGERIERESPSPESTENETHETFINFIFJIFJFRAFRFSMFM"
    "GABGBGBRUKGEOGGGHAGHGINGVGMBGAGNBPUGNQEKGRCGRGRDGJGTMGTGUYGYHKGHKHNDHOHRVHR"
    "HTIHAHUNHUIDNIDINDINIRLEIIRNIRIRQIZISLICISRISITAITJAMJMJORJOJPNJAKAZKZKENKE"
    "KGZKGKHMCBKIRKRKNASCKORKSKOSKVKWTKULAOLALBNLELBRLILBYLYLCASTLIELSLKACELSOLT"
    "LTULHLUXLULVALGMACMCMARMOMCOMNMDAMDMDGMAMDVMVMEXMXMHLRMMKDMKMLIMLMLTMTMMRBM"
    "MNEMJMNGMGMOZMZMRTMRMUSMPMWIMIMYSMYNAMWANERNGNGANINICNUNLDNLNORNONPLNPNRUNR"
    "NZLNZOMNMUPAKPKPANPMPERPEPHLRPPLWPSPNGPPPOLPLPRKKNPRTPOPRYPAPSEWEQATQAROURO"
    "RUSRSRWARWSAUSASDNSUSENSGSGPSNSLBBPSLESLSLVESSMRSMSOMSOSRBRISSDODSTPTPSURNS"
    "SVKLOSVNSISWESWSWZWZSYCSESYRSYTCDCDTGOTOTHATHTJKTITKMTXTLSTTTONTNTTOTDTUNTS"
    "TURTUTUVTVTWNTWTZATZUGAUGUKRUPURYUYUSAUSUZBUZVATVTVCTVCVENVEVNMVMVUTNHWSMWS"
    "YEMYMZAFSFZMBZAZWEZI";

enum { FIPS_ROW = 5 };

static int
compare(const void *iso3, const void *row)
{
	return strncmp(iso3, row, 3);
}

void
cameo_fips(const char *iso3, char code[CAMEO_FIPS])
{
	const char *row = bsearch(iso3, fips, sizeof(fips) / FIPS_ROW, FIPS_ROW, compare);
	bool known = row && strlen(iso3) == 3;

	snprintf(code, CAMEO_FIPS, "%.2s", known ? row + 3 : "");
}
