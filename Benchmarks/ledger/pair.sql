-- What a pair changes when each of its halves is a transaction of its own: the same rows and commits, nothing decided.
-- A colon would begin a name of a variable, also between quotation marks: chr(58).
\set key random(1, 9000000000000000)
BEGIN;
INSERT INTO ledger_hold (id, price, provider, reference, quantity, nanos, day, held_at, expires_at)
VALUES (:key::text, 'llamaparse@0', 'llamaparse', :key::text, 3, 9000000, 20717, 0, 900000000);
UPDATE ledger_counter SET held = held + 9000000 WHERE scope = 'llamaparse' AND day = 20717;
UPDATE ledger_counter SET held = held + 9000000 WHERE scope = 'total' AND day = 20717;
COMMIT;
BEGIN;
UPDATE ledger_hold SET outcome = 'posted', ended_at = 1 WHERE id = :key::text AND outcome IS NULL;
INSERT INTO ledger_transfer (id, kind, hold, reference, price, provider, quantity, origin, day, posted_at)
VALUES (:key::text || '/cost', 'cost', :key::text, :key::text, 'llamaparse@0', 'llamaparse', 2, 'computed', 20717, 1);
INSERT INTO ledger_posting (transfer, account, nanos)
VALUES (:key::text || '/cost', 'expense' || chr(58) || 'llamaparse', 6000000), (:key::text || '/cost', 'payable' || chr(58) || 'llamaparse', -6000000);
UPDATE ledger_counter SET held = held - 9000000, posted = posted + 6000000 WHERE scope = 'llamaparse' AND day = 20717;
UPDATE ledger_counter SET held = held - 9000000, posted = posted + 6000000 WHERE scope = 'total' AND day = 20717;
COMMIT;
