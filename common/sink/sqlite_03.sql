-- The day of an event: its date, or else its article's, so that a day is looked up.
ALTER TABLE events ADD COLUMN day TEXT;
UPDATE events SET day = coalesce(date,
  (SELECT substr(versioncreated, 1, 10) FROM articles WHERE id = article));
CREATE INDEX events_day ON events(day);
