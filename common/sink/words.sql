-- For SQLite and PostgreSQL alike: the views go, as they hold no data of their own and are made
-- anew by each step, and what they say events with.
DROP VIEW IF EXISTS story_timelines;
DROP VIEW IF EXISTS actor_pairs;
DROP VIEW IF EXISTS who_did_what;
DROP VIEW IF EXISTS told_events;
DROP TABLE IF EXISTS words;

-- Types and modes as a reader says them, and what leads over to the recipient.
CREATE TABLE words(
  type TEXT, mode TEXT, verb TEXT NOT NULL, link TEXT NOT NULL,
  PRIMARY KEY(type, mode));
INSERT INTO words VALUES
  ('AGREE', '', 'agreed to cooperate', 'with'), ('CONSULT', '', 'met', ''),
  ('CONSULT', 'visit', 'visited', ''), ('CONSULT', 'phone', 'spoke by phone', 'with'),
  ('CONSULT', 'third-party', 'mediated', 'for'), ('CONSULT', 'multilateral', 'met', ''),
  ('SUPPORT', '', 'supported', ''), ('CONCEDE', '', 'gave way', 'to'),
  ('COOPERATE', '', 'cooperated', 'with'), ('AID', '', 'helped', ''),
  ('RETREAT', '', 'pulled back', 'from'), ('RETREAT', 'withdraw', 'withdrew', 'from'),
  ('RETREAT', 'release', 'released', ''), ('RETREAT', 'disarm', 'disarmed', ''),
  ('RETREAT', 'ceasefire', 'ceased fire', 'with'), ('RETREAT', 'access', 'let in', ''),
  ('RETREAT', 'resign', 'resigned', ''), ('REQUEST', '', 'asked', ''),
  ('REQUEST', 'assist', 'asked for help', 'from'),
  ('REQUEST', 'change', 'demanded change', 'of'),
  ('REQUEST', 'yield', 'demanded concessions', 'of'), ('REQUEST', 'meet', 'asked to meet', ''),
  ('ACCUSE', '', 'accused', ''), ('ACCUSE', 'disapprove', 'criticised', ''),
  ('ACCUSE', 'investigate', 'investigated', ''), ('REJECT', '', 'refused', ''),
  ('REJECT', 'assist', 'refused to help', ''), ('REJECT', 'yield', 'refused to yield', 'to'),
  ('REJECT', 'meet', 'refused to meet', ''), ('THREATEN', '', 'threatened', ''),
  ('THREATEN', 'arrest', 'threatened to arrest', ''),
  ('THREATEN', 'expel', 'threatened to expel', ''),
  ('THREATEN', 'violence', 'threatened to attack', ''),
  ('PROTEST', '', 'protested', 'against'), ('PROTEST', 'riot', 'rioted', 'against'),
  ('PROTEST', 'strike', 'went on strike', 'against'),
  ('PROTEST', 'hunger', 'went on hunger strike', 'against'),
  ('PROTEST', 'boycott', 'boycotted', ''), ('PROTEST', 'obstruct', 'blockaded', ''),
  ('PROTEST', 'vandalize', 'vandalised', ''), ('SANCTION', '', 'imposed sanctions', 'on'),
  ('SANCTION', 'convict', 'convicted', ''), ('SANCTION', 'expel', 'expelled', ''),
  ('SANCTION', 'withdraw', 'withdrew', 'from'), ('MOBILIZE', '', 'readied forces', 'against'),
  ('MOBILIZE', 'troops', 'moved troops', 'against'),
  ('MOBILIZE', 'weapons', 'readied weapons', 'against'),
  ('MOBILIZE', 'police', 'sent police', 'against'),
  ('MOBILIZE', 'militia', 'raised militia', 'against'), ('COERCE', '', 'coerced', ''),
  ('COERCE', 'seize', 'seized property', 'of'), ('COERCE', 'restrict', 'restricted', ''),
  ('COERCE', 'censor', 'censored', ''), ('COERCE', 'curfew', 'imposed a curfew', 'on'),
  ('COERCE', 'martial-law', 'imposed martial law', 'on'), ('COERCE', 'arrest', 'arrested', ''),
  ('COERCE', 'deport', 'deported', ''), ('COERCE', 'withhold', 'cut off', ''),
  ('COERCE', 'misinformation', 'spread false news', 'about'),
  ('COERCE', 'cyber', 'hacked', ''), ('ASSAULT', '', 'attacked', ''),
  ('ASSAULT', 'abduct', 'abducted', ''), ('ASSAULT', 'beat', 'beat', ''),
  ('ASSAULT', 'torture', 'tortured', ''), ('ASSAULT', 'sexual', 'sexually assaulted', ''),
  ('ASSAULT', 'targeted', 'assassinated', ''),
  ('ASSAULT', 'destroy', 'destroyed property', 'of'), ('ASSAULT', 'firearms', 'shot', 'at'),
  ('ASSAULT', 'explosives', 'bombed', ''),
  ('ASSAULT', 'suicide-attack', 'bombed in a suicide attack', ''),
  ('ASSAULT', 'aerial', 'attacked from the air', ''),
  ('ASSAULT', 'drone', 'attacked with drones', ''),
  ('ASSAULT', 'heavy-weapons', 'shelled', ''),
  ('ASSAULT', 'crowd-control', 'used crowd control', 'against'),
  ('INSPECT', '', 'inspected', ''), ('ATTEND', '', 'attended', ''),
  ('TRAVEL', '', 'travelled', ''), ('COMMEMORATE', '', 'commemorated', ''),
  ('APPROVE', '', 'approved', ''), ('PRODUCE', '', 'produced', ''),
  ('ELECT', '', 'voted', 'for'), ('APPOINT', '', 'appointed', ''),
  ('ACQUIRE', '', 'acquired', ''), ('RESULT', '', 'reported results', ''),
  ('LAYOFF', '', 'laid off', ''), ('DISASTER', '', 'struck', ''),
  ('ACCIDENT', '', 'had an accident', 'with'), ('DIE', '', 'died', ':'),
  ('INJURE', '', 'hurt', ':'), ('OUTBREAK', '', 'spread', 'to'), ('RESCUE', '', 'rescued', ''),
  ('DISCOVER', '', 'found', ''), ('WIN', '', 'won', 'against');
