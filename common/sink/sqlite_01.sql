-- What belongs to an article has the article's number first in its key and lies without a
-- rowid, so that the rows of one article are neighbours: one write, one read, one delete.
--
-- `start` and `stop` are code points into the text that `part` names.  Lists are words with
-- commas between.  Negated and hypothetical events are in `events`, marked in `aux`.

CREATE TABLE articles(
  id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, version TEXT, versioncreated TEXT,
  firstcreated TEXT, pubstatus TEXT, language TEXT, headline TEXT, byline TEXT, located TEXT,
  slugline TEXT, body TEXT, source TEXT, usageterms TEXT, copyright TEXT, urgency INTEGER,
  wordcount INTEGER, meta TEXT, extractor TEXT, epoch INTEGER NOT NULL, model TEXT,
  lexicon TEXT);
CREATE INDEX articles_created ON articles(versioncreated);

CREATE TABLE tombstones(
  uri TEXT PRIMARY KEY, version TEXT, versioncreated TEXT, pubstatus TEXT,
  epoch INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE events(
  article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, id TEXT,
  main INTEGER, type TEXT, mode TEXT, context TEXT, aux TEXT, cameo TEXT, quad INTEGER,
  score REAL, goldstein REAL, medtop TEXT, trigger_text TEXT, lemma TEXT, date TEXT,
  date_end TEXT, date_value TEXT, date_text TEXT, quote TEXT, dead INTEGER, injured INTEGER,
  arrested INTEGER, sentence INTEGER, part TEXT, start INTEGER, stop INTEGER, confidence REAL,
  pattern TEXT,
  PRIMARY KEY(article, number)) WITHOUT ROWID;
CREATE INDEX events_type ON events(type, date);
CREATE INDEX events_date ON events(date);

CREATE TABLE actors(
  article INTEGER NOT NULL REFERENCES articles(id), event INTEGER NOT NULL,
  role TEXT NOT NULL CHECK(role IN ('actor', 'recipient', 'location', 'attribution')),
  number INTEGER NOT NULL, text TEXT, part TEXT, start INTEGER, stop INTEGER, name TEXT,
  country TEXT, sector TEXT, id TEXT, lat REAL, lon REAL,
  PRIMARY KEY(article, event, role, number)) WITHOUT ROWID;
CREATE INDEX actors_name ON actors(name);
CREATE INDEX actors_country ON actors(country, role);

CREATE TABLE times(
  article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text TEXT,
  part TEXT, start INTEGER, stop INTEGER, type TEXT, value TEXT,
  PRIMARY KEY(article, number)) WITHOUT ROWID;

CREATE TABLE quotes(
  article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text TEXT,
  part TEXT, start INTEGER, stop INTEGER, direct INTEGER, speaker TEXT, speaker_part TEXT,
  speaker_start INTEGER, speaker_stop INTEGER, speaker_name TEXT, speaker_country TEXT,
  speaker_sector TEXT, speaker_id TEXT,
  PRIMARY KEY(article, number)) WITHOUT ROWID;

CREATE TABLE entities(
  article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text TEXT,
  part TEXT, start INTEGER, stop INTEGER, type TEXT, name TEXT, country TEXT, id TEXT,
  lat REAL, lon REAL,
  PRIMARY KEY(article, number)) WITHOUT ROWID;
CREATE INDEX entities_name ON entities(name);

CREATE TABLE mentions(
  article INTEGER NOT NULL REFERENCES articles(id), entity INTEGER NOT NULL,
  number INTEGER NOT NULL, text TEXT, part TEXT, start INTEGER, stop INTEGER,
  PRIMARY KEY(article, entity, number)) WITHOUT ROWID;

CREATE TABLE positions(
  cluster TEXT, topic TEXT, partition INTEGER, offset INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY(cluster, topic, partition)) WITHOUT ROWID;

