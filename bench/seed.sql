-- Users number :from to :to of the app :app_id, with what they would have left behind in the last 150 days: an identity, a live session,
-- for every second one an ended session too, and their audit rows. Ids are time-ordered like those that the API makes.
-- Only the API can make refresh tokens, so the seeded sessions are rows to be found or passed over, never refreshed.

-- The rows are made to fit; a million checks of foreign keys would only take time.
SET session_replication_role = replica;

CREATE TEMP TABLE seed AS
SELECT uuid_v7(at) AS user_id, uuid_v7(seen_at) AS session_id, i, 'o' || lpad(i::text, 27, '0') AS open_id, at, seen_at
FROM (
    SELECT i, at, greatest(at, now() - interval '25 days' * random()) AS seen_at
    FROM (SELECT i, now() - interval '150 days' * (:to + 1 - i) / (:to + 1 - :from) AS at FROM generate_series(:from::int, :to::int) AS i) AS made) AS seen;

INSERT INTO users (id, status, nickname, phone_number, roles, created_at, last_login_at)
SELECT user_id, 'active', CASE WHEN i % 3 = 0 THEN '用户' || i END, CASE WHEN i % 3 = 0 THEN '+861' || lpad(i::text, 10, '0') END, '{}', at, seen_at
FROM seed;

INSERT INTO wechat_identities (app_id, open_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at,
                               previous_session_key_sealed, previous_session_key_at)
SELECT :'app_id', open_id, user_id, at, sha256('sealed'), sha256(session_id::text::bytea), seen_at, sha256('sealed'), at
FROM seed;

INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, refresh_generation,
                      refresh_seed_hash, is_new_user, ip, user_agent)
SELECT session_id, user_id, :'app_id', open_id, seen_at, seen_at, seen_at + interval '30 days', seen_at + interval '30 minutes', 1,
       sha256(session_id::text::bytea), false, '203.0.113.7', 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50'
FROM seed;

INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                      refresh_generation, refresh_seed_hash, is_new_user, ip, user_agent)
SELECT uuid_v7(seen_at - interval '1 hour'), user_id, :'app_id', open_id, seen_at - interval '1 hour', seen_at - interval '1 hour',
       seen_at + interval '30 days', seen_at - interval '30 minutes', seen_at - interval '2 minutes', 'logout', 1,
       sha256(user_id::text::bytea), true, '203.0.113.7', 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50'
FROM seed WHERE i % 2 = 0;

INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
SELECT uuid_v7(event_at), event_at, 'login', 'success', user_id, :'app_id', session_id, '203.0.113.7', '{}'
FROM seed, LATERAL (VALUES (at), (at + (seen_at - at) / 2), (seen_at)) AS events (event_at);

INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
SELECT uuid_v7(seen_at - interval '2 minutes'), seen_at - interval '2 minutes', 'logout', 'success', user_id, :'app_id', session_id,
       '203.0.113.7', '{"reason": "logout"}'
FROM seed WHERE i % 2 = 0;
