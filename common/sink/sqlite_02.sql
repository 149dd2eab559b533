-- The words of headlines and bodies, for MATCH.  The text itself lies in `articles` only; triggers
-- keep the two in step whoever writes, as long as nobody says REPLACE, which tells no trigger of
-- the row that goes.
CREATE VIRTUAL TABLE search USING fts5(headline, body, content = 'articles', content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO search(search, rank) VALUES('rank', 'bm25(4.0, 1.0)');
INSERT INTO search(search) VALUES('rebuild');

CREATE TRIGGER search_added AFTER INSERT ON articles BEGIN
  INSERT INTO search(rowid, headline, body) VALUES(new.id, new.headline, new.body);
END;
CREATE TRIGGER search_removed AFTER DELETE ON articles BEGIN
  INSERT INTO search(search, rowid, headline, body)
    VALUES('delete', old.id, old.headline, old.body);
END;
CREATE TRIGGER search_changed AFTER UPDATE OF id, headline, body ON articles BEGIN
  INSERT INTO search(search, rowid, headline, body)
    VALUES('delete', old.id, old.headline, old.body);
  INSERT INTO search(rowid, headline, body) VALUES(new.id, new.headline, new.body);
END;

-- Null until there is a story worker.
ALTER TABLE articles ADD COLUMN story TEXT;
ALTER TABLE articles ADD COLUMN story_headline TEXT;
ALTER TABLE articles ADD COLUMN copy_of TEXT;
CREATE INDEX articles_story ON articles(story) WHERE story IS NOT NULL;
