-- Made anew by each step, as sqlite_views.sql; words.sql goes before.

CREATE OR REPLACE VIEW tombstones AS
SELECT uri, version, versioncreated, pubstatus, epoch FROM uris WHERE article IS NULL;

-- The events that are said to be, not the negated and the hypothetical, with their names in a row.
CREATE VIEW told_events AS
SELECT e.*,
    (SELECT string_agg(coalesce(name, text), ', ' ORDER BY number) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'actor') AS who,
    (SELECT string_agg(coalesce(name, text), ', ' ORDER BY number) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'recipient') AS whom,
    (SELECT coalesce(name, text) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'location') AS place,
    (SELECT coalesce(name, text) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'attribution') AS says,
    coalesce('future' = ANY(e.aux), false) AS planned
  FROM events e
  WHERE e.aux IS NULL OR NOT e.aux && '{negation,hypothetical}';

-- A mode without words is said as its type, a type without words as its code.
CREATE VIEW who_did_what AS
SELECT date, who, verb || coalesce(bridge, '') || plan AS did, whom, place, says, headline,
    trim(coalesce(who || ' ', '') || verb || coalesce(bridge || ' ' || whom, '') || plan
      || coalesce(' in ' || place, '') || coalesce(' on ' || date, '')
      || coalesce(', says ' || says, '')) AS sentence,
    main, type, mode, aux, confidence, uri, article, number
  FROM (
    SELECT e.*, a.headline, a.uri,
        CASE WHEN e.planned THEN ' (planned)' ELSE '' END AS plan,
        coalesce(m.verb, t.verb, lower(e.type)) AS verb,
        CASE WHEN e.whom IS NULL THEN NULL
          WHEN coalesce(m.link, t.link, '') IN ('', ':') THEN coalesce(m.link, t.link, '')
          ELSE ' ' || coalesce(m.link, t.link) END AS bridge
      FROM told_events e
      JOIN articles a ON a.id = e.article
      LEFT JOIN words t ON t.type = e.type AND t.mode = ''
      LEFT JOIN words m ON m.type = e.type AND m.mode = e.mode[1]) said;

-- Who dealt with whom on a day, one line a pair, with what is planned left out.  An event without
-- a date is of the day of its article.
CREATE VIEW actor_pairs AS
SELECT coalesce(e.date, (a.created AT TIME ZONE 'UTC')::date) AS day,
    coalesce(w.name, w.text) AS actor, w.country AS actor_country,
    coalesce(r.name, r.text) AS recipient, r.country AS recipient_country,
    count(*) AS events, count(DISTINCT e.article) AS articles,
    count(*) FILTER (WHERE e.quad IN (1, 2)) AS cooperation,
    count(*) FILTER (WHERE e.quad IN (3, 4)) AS conflict,
    round(avg(e.score)::numeric, 2) AS score, round(avg(e.goldstein)::numeric, 2) AS goldstein,
    array_agg(DISTINCT e.type) AS types
  FROM events e
  JOIN articles a ON a.id = e.article
  JOIN actors w ON w.article = e.article AND w.event = e.number AND w.role = 'actor'
  JOIN actors r ON r.article = e.article AND r.event = e.number AND r.role = 'recipient'
  WHERE e.aux IS NULL OR NOT e.aux && '{negation,hypothetical,future}'
  GROUP BY 1, 2, 3, 4, 5;

-- What happened in a story, each event once however many of its articles report it.
CREATE VIEW story_timelines AS
SELECT a.story, max(a.story_headline) AS headline, w.date, w.sentence, bool_or(w.main) AS main,
    w.type, w.who, w.whom, w.place, count(DISTINCT a.id) AS articles,
    count(DISTINCT a.source) AS sources, min(a.created) AS first_reported
  FROM articles a JOIN who_did_what w ON w.article = a.id
  WHERE a.story IS NOT NULL AND a.copy_of IS NULL
  GROUP BY a.story, w.date, w.sentence, w.type, w.who, w.whom, w.place;
