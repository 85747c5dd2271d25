-- In the releases before, a user that was joined with an account or merged by a unionid kept personal data where no erasure reached them. Each
-- statement writes rows of erased users alone, which nobody else writes any more, and none that is clean already: it may run beside any
-- load, and again.
UPDATE users SET nickname = NULL, avatar_url = NULL, phone_number = NULL, user_name = NULL, password_hash = NULL, roles = '{}', last_login_at = NULL
WHERE status = 'erased'
  AND (num_nonnulls(nickname, avatar_url, phone_number, user_name, password_hash, last_login_at) > 0 OR roles <> '{}');

DELETE FROM wechat_identities i USING users u WHERE u.id = i.user_id AND u.status = 'erased';

-- Two statements, for there is an index for each.
UPDATE sessions s SET ip = NULL, user_agent = NULL, open_id = NULL
FROM users u
WHERE u.id = s.user_id AND u.status = 'erased' AND s.ended_at IS NULL AND num_nonnulls(s.ip, s.user_agent, s.open_id) > 0;
UPDATE sessions s SET ip = NULL, user_agent = NULL, open_id = NULL
FROM users u
WHERE u.id = s.user_id AND u.status = 'erased' AND s.ended_at IS NOT NULL AND num_nonnulls(s.ip, s.user_agent, s.open_id) > 0;

DELETE FROM avatars a USING users u WHERE u.id = a.user_id AND u.status = 'erased';

UPDATE audit_events a SET ip = NULL, detail = a.detail - '{userName,phoneNumber}'::text[]
FROM users u
WHERE u.id = a.user_id AND u.status = 'erased' AND (a.ip IS NOT NULL OR a.detail ?| '{userName,phoneNumber}'::text[]);
