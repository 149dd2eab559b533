-- The columns of the SQLite sink's tables in the same order, with PostgreSQL's types; then what
-- only this server has.  `start` and `stop` are code points into the text that `part` names.
-- An article's id is of this version of it: refer to it by uri.
--
-- No foreign keys: one transaction writes an article with all that is its own, and to look each
-- row's article up costs as much as to write the row.

CREATE SEQUENCE article_ids INCREMENT 1000; -- a worker takes a thousand at once

-- The words of a language are cut as its speakers would; of others as they stand.
CREATE FUNCTION words_of(language text) RETURNS regconfig
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE split_part(language, '-', 1)
    WHEN 'en' THEN 'english'::regconfig WHEN 'de' THEN 'german'::regconfig
    WHEN 'fr' THEN 'french'::regconfig WHEN 'es' THEN 'spanish'::regconfig
    WHEN 'it' THEN 'italian'::regconfig WHEN 'pt' THEN 'portuguese'::regconfig
    WHEN 'nl' THEN 'dutch'::regconfig WHEN 'ru' THEN 'russian'::regconfig
    WHEN 'ar' THEN 'arabic'::regconfig WHEN 'sv' THEN 'swedish'::regconfig
    WHEN 'da' THEN 'danish'::regconfig WHEN 'no' THEN 'norwegian'::regconfig
    WHEN 'fi' THEN 'finnish'::regconfig WHEN 'tr' THEN 'turkish'::regconfig
    ELSE 'simple'::regconfig END
$$;

CREATE TABLE articles(
  id bigint PRIMARY KEY, uri text NOT NULL, version text, versioncreated text,
  firstcreated text, pubstatus text, language text, headline text, byline text, located text,
  slugline text, body text, source text, usageterms text, copyright text, urgency integer,
  wordcount integer, meta jsonb, extractor text, epoch bigint NOT NULL, model text,
  lexicon text,
  created timestamptz, -- versioncreated, where it is a time
  record jsonb,        -- the whole record, where the setting `record` says so
  -- A tsvector ends at 1 MB: a body counts up to its first hundred thousand characters.
  search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector(words_of(language), coalesce(headline, '')), 'A') ||
    setweight(to_tsvector(words_of(language), left(coalesce(body, ''), 100000)), 'B')) STORED,
  story text, story_headline text, copy_of text); -- null until there is a story worker
CREATE INDEX articles_uri ON articles USING hash(uri); -- a uri may be longer than a tree takes
CREATE INDEX articles_created ON articles(created);
CREATE INDEX articles_search ON articles USING gin(search);
CREATE INDEX articles_story ON articles(story) WHERE story IS NOT NULL;

-- What stands of each uri, one row: an article, or with none that it was withdrawn.  Two who write
-- the same uri at once meet here.
CREATE TABLE uris(
  digest text PRIMARY KEY, -- SHA-256 of the uri, in base64url
  uri text NOT NULL, article bigint, version text, versioncreated text, pubstatus text,
  epoch bigint NOT NULL);

CREATE TABLE events(
  article bigint NOT NULL, number integer NOT NULL,
  id text, main boolean, type text, mode text[], context text[], aux text[], cameo text,
  quad integer, score double precision, goldstein double precision, medtop text,
  trigger_text text, lemma text, date date, date_end date, date_value text, date_text text,
  quote text, dead integer, injured integer, arrested integer, sentence integer, part text,
  start integer, stop integer, confidence double precision, pattern text,
  PRIMARY KEY(article, number));
CREATE INDEX events_type ON events(type, date);
CREATE INDEX events_date ON events(date);
CREATE INDEX events_context ON events USING gin(context);

CREATE TABLE actors(
  article bigint NOT NULL, event integer NOT NULL,
  role text NOT NULL CHECK(role IN ('actor', 'recipient', 'location', 'attribution')),
  number integer NOT NULL, text text, part text, start integer, stop integer, name text,
  country text, sector text[], id text, lat double precision, lon double precision,
  PRIMARY KEY(article, event, role, number));
CREATE INDEX actors_name ON actors(name);
CREATE INDEX actors_country ON actors(country, role);

CREATE TABLE times(
  article bigint NOT NULL, number integer NOT NULL,
  text text, part text, start integer, stop integer, type text, value text,
  PRIMARY KEY(article, number));

CREATE TABLE quotes(
  article bigint NOT NULL, number integer NOT NULL,
  text text, part text, start integer, stop integer, direct boolean, speaker text,
  speaker_part text, speaker_start integer, speaker_stop integer, speaker_name text,
  speaker_country text, speaker_sector text[], speaker_id text,
  PRIMARY KEY(article, number));

CREATE TABLE entities(
  article bigint NOT NULL, number integer NOT NULL,
  text text, part text, start integer, stop integer, type text, name text, country text,
  id text, lat double precision, lon double precision,
  PRIMARY KEY(article, number));
CREATE INDEX entities_name ON entities(name);

CREATE TABLE mentions(
  article bigint NOT NULL, entity integer NOT NULL,
  number integer NOT NULL, text text, part text, start integer, stop integer,
  PRIMARY KEY(article, entity, number));

CREATE TABLE positions(
  cluster text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
  "offset" bigint NOT NULL, epoch bigint NOT NULL,
  PRIMARY KEY(cluster, topic, partition));

-- Records that the server would not take, so that they are refused again after a kill.
CREATE TABLE refusals(
  cluster text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
  "offset" bigint NOT NULL, why text NOT NULL,
  PRIMARY KEY(cluster, topic, partition, "offset"));
