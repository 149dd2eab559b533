/*
 * train: makes the model of the language core from a treebank.
 *
 *	train -t TABLES -T TRAIN.conllu -d DEV.conllu -o MODEL [-x TAGGED] [-e EPOCHS]
 *	      [-s SEED] [-w WORDS] [-n NAMES]... [-N DEV-NAMES]... [-E EPOCHS] [-l LEXICON]
 *
 * Without -T the names alone are made anew, over the net that MODEL has.
 *
 * TABLES is the directory that tools/train_words.py has filled.  The files
 * may be gzipped.  docs/language.md says what is in the model.
 */
#include <stdlib.h>
#include <unistd.h>

#include "language/model.h"
#include "tools/train.h"

static void
usage(void)
{
	die("usage: train -t TABLES -T TRAIN -d DEV -o MODEL [-x TAGGED] [-e EPOCHS] "
	    "[-s SEED] [-w WORDS] [-n NAMES]... [-N DEV-NAMES]... [-E EPOCHS] [-l LEXICON]");
}

static void
train_parser(const struct options *o)
{
	struct treebank train, dev, tagged;
	struct vocabulary v = { 0 };
	struct model_builder m;
	struct arena arena;
	struct err err;

	arena_init(&arena, 1ul << 31);
	treebank_read(&train, o->train, &arena);
	treebank_read(&dev, o->dev, &arena);
	model_begin(&m);
	morph_train(&train, o, &m);
	vocabulary_read(&v, o);
	split_train(&v, &train, &dev, o, &m);
	if (o->tagged) {
		treebank_read_tagged(&tagged, o->tagged, &arena);
		treebank_add_news(&train, &tagged, o->seed, &arena);
	}
	treebank_add_copies(&train, o->seed, &arena);
	vocabulary_learn(&v, &train);
	net_write(net_train(&v, &train, &dev, o), &v, &m);
	if (model_write(&m, o->out, &err))
		die("%s", err.text);
	arena_release(&arena);
}

int
main(int argc, char **argv)
{
	struct options o = { .words = 100000,
			     .epochs = 40,
			     .seed = 1,
			     .lexicon = "lexicon",
			     .name_epochs = 8 };
	int c;

	while ((c = getopt(argc, argv, "t:T:d:o:e:s:w:x:l:n:N:E:")) != -1)
		switch (c) {
		case 't':
			o.tables = optarg;
			break;
		case 'T':
			o.train = optarg;
			break;
		case 'd':
			o.dev = optarg;
			break;
		case 'o':
			o.out = optarg;
			break;
		case 'e':
			o.epochs = atoi(optarg);
			break;
		case 's':
			o.seed = strtoull(optarg, NULL, 10);
			break;
		case 'x':
			o.tagged = optarg;
			break;
		case 'w':
			o.words = atoi(optarg);
			break;
		case 'l':
			o.lexicon = optarg;
			break;
		case 'n':
			if (o.name_sets < 8)
				o.names[o.name_sets++] = optarg;
			break;
		case 'N':
			if (o.name_devs < 8)
				o.names_dev[o.name_devs++] = optarg;
			break;
		case 'E':
			o.name_epochs = atoi(optarg);
			break;
		default:
			usage();
		}
	if (!o.out || (o.train && (!o.tables || !o.dev)) || (!o.train && !o.name_sets))
		usage();
	if (o.train)
		train_parser(&o);
	if (o.name_sets)
		names_train(&o);
	return 0;
}
