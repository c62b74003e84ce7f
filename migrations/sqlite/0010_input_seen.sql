-- The commit in which an input was seen last, 0 where it was read further since: beyond a number those that were seen longest ago are forgotten.

ALTER TABLE input ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE input SET seen = (SELECT number FROM generation);
