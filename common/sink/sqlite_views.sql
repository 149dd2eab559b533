-- Made anew by each step, so that each is stated once; words.sql goes before.

-- The events that are said to be, not the negated and the hypothetical, with their names in a row.
CREATE VIEW told_events AS
SELECT e.*,
    (SELECT group_concat(coalesce(name, text), ', ') FROM (SELECT name, text FROM actors
      WHERE article = e.article AND event = e.number AND role = 'actor'
      ORDER BY number)) AS who,
    (SELECT group_concat(coalesce(name, text), ', ') FROM (SELECT name, text FROM actors
      WHERE article = e.article AND event = e.number AND role = 'recipient'
      ORDER BY number)) AS whom,
    (SELECT coalesce(name, text) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'location') AS place,
    (SELECT coalesce(name, text) FROM actors
      WHERE article = e.article AND event = e.number AND role = 'attribution') AS says,
    coalesce(e.aux LIKE '%future%', false) AS planned
  FROM events e
  WHERE e.aux IS NULL
    OR (e.aux NOT LIKE '%negation%' AND e.aux NOT LIKE '%hypothetical%');

-- A mode without words is said as its type, a type without words as its code.
CREATE VIEW who_did_what AS
SELECT date, who, verb || coalesce(bridge, '') || plan AS did, whom, place, says, headline,
    trim(coalesce(who || ' ', '') || verb || coalesce(bridge || ' ' || whom, '') || plan
      || coalesce(' in ' || place, '') || coalesce(' on ' || date, '')
      || coalesce(', says ' || says, '')) AS sentence,
    main, type, mode, aux, confidence, uri, article, number
  FROM (
    SELECT e.*, a.headline, a.uri,
        iif(e.planned, ' (planned)', '') AS plan,
        coalesce(m.verb, t.verb, lower(e.type)) AS verb,
        CASE WHEN e.whom IS NULL THEN NULL
          WHEN coalesce(m.link, t.link, '') IN ('', ':') THEN coalesce(m.link, t.link, '')
          ELSE ' ' || coalesce(m.link, t.link) END AS bridge
      FROM told_events e
      JOIN articles a ON a.id = e.article
      LEFT JOIN words t ON t.type = e.type AND t.mode = ''
      LEFT JOIN words m ON m.type = e.type
        AND m.mode = substr(e.mode, 1, instr(e.mode || ',', ',') - 1));

-- Who dealt with whom on a day, one line a pair, with what is planned left out.  An event without
-- a date is of the day of its article.
CREATE VIEW actor_pairs AS
SELECT e.day,
    coalesce(w.name, w.text) AS actor, w.country AS actor_country,
    coalesce(r.name, r.text) AS recipient, r.country AS recipient_country,
    count(*) AS events, count(DISTINCT e.article) AS articles,
    count(*) FILTER (WHERE e.quad IN (1, 2)) AS cooperation,
    count(*) FILTER (WHERE e.quad IN (3, 4)) AS conflict,
    round(avg(e.score), 2) AS score, round(avg(e.goldstein), 2) AS goldstein,
    group_concat(DISTINCT e.type) AS types
  FROM events e
  JOIN actors w ON w.article = e.article AND w.event = e.number AND w.role = 'actor'
  JOIN actors r ON r.article = e.article AND r.event = e.number AND r.role = 'recipient'
  WHERE e.aux IS NULL
    OR (e.aux NOT LIKE '%negation%' AND e.aux NOT LIKE '%hypothetical%'
      AND e.aux NOT LIKE '%future%')
  GROUP BY 1, 2, 3, 4, 5;

-- What happened in a story, each event once however many of its articles report it.
CREATE VIEW story_timelines AS
SELECT a.story,
    (SELECT story_headline FROM articles
      WHERE story = a.story ORDER BY versioncreated DESC LIMIT 1) AS headline,
    w.date, w.sentence, max(w.main) AS main, w.type, w.who, w.whom, w.place,
    count(DISTINCT a.id) AS articles, count(DISTINCT a.source) AS sources,
    min(a.versioncreated) AS first_reported
  FROM articles a
  JOIN who_did_what w ON w.article = a.id
  WHERE a.story IS NOT NULL AND a.copy_of IS NULL
  GROUP BY a.story, w.date, w.type, w.who, w.whom, w.place
  ORDER BY a.story, w.date, first_reported;
