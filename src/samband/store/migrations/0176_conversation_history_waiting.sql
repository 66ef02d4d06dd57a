-- Copies that wait are few among those that have everything, whose due is 2^62: they alone are looked for.
DROP INDEX conversation_history_members_by_owner;
CREATE INDEX conversation_history_members_waiting ON conversation_history_members (owner, due)
    WHERE due < 4611686018427387904;
