-- A ledger of schema 1, as this project's builds made it. Never changed: today's
-- build must read it.
CREATE TABLE lists(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  owner TEXT NOT NULL,
  local INTEGER NOT NULL,
  role INTEGER NOT NULL,
  action TEXT NOT NULL,
  min_quality INTEGER NOT NULL,
  sampled_ppm INTEGER NOT NULL,
  sample_seed INTEGER NOT NULL,
  current_at INTEGER NOT NULL,
  late_after_s INTEGER NOT NULL,
  stale_after_s INTEGER NOT NULL,
  expired_after_s INTEGER NOT NULL,
  refuse_stale INTEGER NOT NULL,
  serve_expired INTEGER NOT NULL,
  guard_degenerate INTEGER NOT NULL,
  guard_panel INTEGER NOT NULL,
  panel_margin INTEGER NOT NULL,
  guard_change INTEGER NOT NULL,
  max_fall_percent INTEGER NOT NULL,
  max_growth_percent INTEGER NOT NULL,
  max_removed_percent INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE list_kinds(
  list INTEGER NOT NULL REFERENCES lists(id),
  kind INTEGER NOT NULL,
  max_distance INTEGER NOT NULL,
  max_distance_rotated INTEGER,
  metric INTEGER NOT NULL,
  PRIMARY KEY(list, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE members(
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  member TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE(source, member)
) STRICT;
CREATE TABLE categories(
  id INTEGER PRIMARY KEY,
  scheme TEXT NOT NULL,
  category TEXT NOT NULL,
  UNIQUE(scheme, category)
) STRICT;
CREATE TABLE versions(
  version INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  list INTEGER REFERENCES lists(id),
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TABLE entries(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  status INTEGER NOT NULL,
  removal INTEGER NOT NULL,     -- of deleted ones: 1 the source's word, 2 missing
  suppressed INTEGER NOT NULL,
  opinion INTEGER NOT NULL,     -- all of them together
  stated INTEGER NOT NULL,
  parts INTEGER NOT NULL,       -- whether there are rows: 1 opinions, 2 feedback, 4 cases
  category INTEGER REFERENCES categories(id),
  member INTEGER REFERENCES members(id),
  created_at INTEGER,
  updated_at INTEGER,
  expires_at INTEGER,
  reason TEXT,
  deleted_at INTEGER,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  since INTEGER NOT NULL,       -- when it last began to be one that matches
  UNIQUE(list, key)
) STRICT;
CREATE INDEX entries_by_change ON entries(changed);
CREATE INDEX entries_expiring ON entries(expires_at)
  WHERE expires_at IS NOT NULL AND status = 0;
CREATE INDEX entries_deleted ON entries(deleted_at)
  WHERE deleted_at IS NOT NULL;
CREATE TABLE entry_values(
  entry INTEGER NOT NULL REFERENCES entries(id),
  kind INTEGER NOT NULL,
  value BLOB NOT NULL,
  quality INTEGER,
  hold INTEGER NOT NULL,
  since INTEGER NOT NULL,       -- when it last began to be one that matches
  PRIMARY KEY(entry, kind, value)
) STRICT, WITHOUT ROWID;
-- Which entries may carry a value. Rows go in sorted, whatever the order of the
-- entries: an index of SQLite's own would take 32-byte values at random.
CREATE TABLE value_carriers(
  fingerprint INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY(fingerprint, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE opinions(
  entry INTEGER NOT NULL REFERENCES entries(id),
  owner TEXT NOT NULL,
  opinion INTEGER NOT NULL,
  tags TEXT NOT NULL,           -- a line each
  PRIMARY KEY(entry, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE entry_feedback(
  entry INTEGER NOT NULL REFERENCES entries(id),
  type TEXT NOT NULL,
  member TEXT NOT NULL,
  affirmative INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY(entry, type, member, affirmative, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  entry INTEGER REFERENCES entries(id),
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  value BLOB,
  text TEXT,                    -- of what is no value
  guard TEXT NOT NULL,
  reason TEXT NOT NULL,
  state INTEGER NOT NULL,       -- 1 held, 2 released, 3 dropped
  held_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT
) STRICT;
CREATE UNIQUE INDEX quarantine_values ON quarantine(entry, kind, value)
  WHERE value IS NOT NULL;
CREATE UNIQUE INDEX quarantine_texts ON quarantine(list, key, kind, text)
  WHERE value IS NULL;
CREATE INDEX quarantine_by_entry ON quarantine(entry);
CREATE INDEX quarantine_held ON quarantine(list, id) WHERE state = 1;
CREATE TABLE suppressions(
  entry INTEGER PRIMARY KEY REFERENCES entries(id),
  until INTEGER,
  author TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX suppressions_expiring ON suppressions(until)
  WHERE until IS NOT NULL;
CREATE TABLE history(
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL REFERENCES versions(version),
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_key ON history(list, key);
CREATE TABLE checkpoints(
  list INTEGER NOT NULL REFERENCES lists(id),
  name TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(list, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE generations(       -- open ones
  list INTEGER PRIMARY KEY REFERENCES lists(id),
  begun_at INTEGER NOT NULL,
  author TEXT NOT NULL
) STRICT;
CREATE TABLE generation_entries(
  list INTEGER NOT NULL REFERENCES generations(list),
  key TEXT NOT NULL,
  said BLOB NOT NULL,           -- update_batch.h
  PRIMARY KEY(list, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback_queue(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  affirmative INTEGER NOT NULL,
  reasons TEXT NOT NULL,        -- a line each
  author TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at INTEGER,
  state TEXT NOT NULL
) STRICT;

-- What a ledger of schema 1 held: a list of three entries, one withdrawn, one
-- deleted; two opinions, a checkpoint.
INSERT INTO lists VALUES(1,'ncmec/industry','ncmec','trust',0,0,'block',50,1000000,0,1700000000,0,0,0,0,0,1,1,8,1,5,100,25,1);
INSERT INTO list_kinds VALUES(1,1,31,NULL,0);
INSERT INTO members VALUES(1,'ncmec','42','Member');
INSERT INTO categories VALUES(1,'ncmec','A1');
INSERT INTO versions VALUES(1,1700000000,NULL,'list created','trust','');
INSERT INTO versions VALUES(2,1700000100,1,'delta','feed','3 added');
INSERT INTO entries VALUES(1,1,'42-a',0,0,0,4,0,1,1,1,1600000000,1600000500,NULL,NULL,NULL,1700000100,1700000100,2,2);
INSERT INTO entries VALUES(2,1,'42-b',1,0,0,2,2,0,NULL,1,NULL,NULL,NULL,NULL,NULL,1700000100,1700000100,2,2);
INSERT INTO entries VALUES(3,1,'42-c',2,1,0,0,0,0,NULL,NULL,NULL,1600000900,NULL,NULL,1700000100,1700000100,1700000100,2,2);
INSERT INTO entry_values VALUES(1,32,X'00112233445566778899aabbccddeeff',NULL,0,2);
INSERT INTO entry_values VALUES(2,32,X'00112233445566778899aabbccddeeff',NULL,0,2);
INSERT INTO value_carriers VALUES(77163561281584,1);
INSERT INTO value_carriers VALUES(77163561281584,2);
INSERT INTO opinions VALUES(1,'member 1',2,'first');
INSERT INTO opinions VALUES(1,'member 2',3,'second');
INSERT INTO history VALUES(1,1,1,'','list created','trust','');
INSERT INTO checkpoints VALUES(1,'','from 1700000000',1700000100);
PRAGMA application_id = 1752591460;
PRAGMA user_version = 1;
