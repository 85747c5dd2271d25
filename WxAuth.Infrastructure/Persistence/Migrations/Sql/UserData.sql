-- Changes what is named of a profile. An uploaded picture that the profile no longer shows goes with it.
CREATE FUNCTION change_profile(
    p_now timestamptz, p_user_id uuid, p_set_nickname boolean, p_nickname text, p_set_avatar_url boolean, p_avatar_url text, p_ip inet)
RETURNS SETOF users
LANGUAGE plpgsql AS $$
DECLARE
    v_user users;
BEGIN
    UPDATE users SET
        nickname = CASE WHEN p_set_nickname THEN p_nickname ELSE nickname END,
        avatar_url = CASE WHEN p_set_avatar_url THEN p_avatar_url ELSE avatar_url END
    WHERE id = p_user_id AND status <> 'erased' RETURNING * INTO v_user;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    IF p_set_avatar_url THEN
        -- The address of an uploaded picture ends with its id.
        DELETE FROM avatars WHERE user_id = p_user_id AND (p_avatar_url IS NULL OR right(p_avatar_url, 36) <> id::text);
    END IF;
    INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'profile_changed', 'success', p_user_id, p_ip,
            jsonb_build_object('nickname', p_set_nickname, 'avatarUrl', p_set_avatar_url));
    RETURN NEXT v_user;
END
$$;

-- Puts an uploaded picture in the place of the one before. The user's row is taken first, so that two uploads follow each other.
CREATE FUNCTION replace_avatar(
    p_now timestamptz, p_user_id uuid, p_id uuid, p_content_type text, p_bytes bytea, p_sha256 bytea, p_avatar_url text, p_ip inet)
RETURNS SETOF users
LANGUAGE plpgsql AS $$
DECLARE
    v_user users;
BEGIN
    UPDATE users SET avatar_url = p_avatar_url WHERE id = p_user_id AND status <> 'erased' RETURNING * INTO v_user;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    DELETE FROM avatars WHERE user_id = p_user_id;
    INSERT INTO avatars (id, user_id, content_type, bytes, sha256, created_at)
    VALUES (p_id, p_user_id, p_content_type, p_bytes, p_sha256, p_now);
    INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'profile_changed', 'success', p_user_id, p_ip, '{"nickname": false, "avatarUrl": true, "uploaded": true}');
    RETURN NEXT v_user;
END
$$;

-- Keeps a phone number. A repetition that changes nothing is not audited again; the audit log knows the last four digits alone.
CREATE FUNCTION change_phone(
    p_now timestamptz, p_user_id uuid, p_phone_number text, p_app_id text, p_session_id uuid, p_ip inet) RETURNS SETOF users
LANGUAGE plpgsql AS $$
DECLARE
    v_old users;
    v_user users;
BEGIN
    SELECT * INTO v_old FROM users WHERE id = p_user_id AND status <> 'erased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF v_old.phone_number IS NOT DISTINCT FROM p_phone_number THEN
        RETURN NEXT v_old;
        RETURN;
    END IF;

    UPDATE users SET phone_number = p_phone_number WHERE id = p_user_id RETURNING * INTO v_user;
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'phone_changed', 'success', p_user_id, p_app_id, p_session_id, p_ip,
            jsonb_build_object('phoneNumber', '***' || right(p_phone_number, 4)));
    RETURN NEXT v_user;
END
$$;

-- Takes all locks of a user in their order, the unionids of the user's identities first: a login that holds such a unionid may be about
-- to link one more identity to the user.
CREATE FUNCTION lock_user(p_user_id uuid) RETURNS users
LANGUAGE plpgsql AS $$
DECLARE
    v_taken text[] := '{}';
    v_more text[];
    v_union_id text;
    v_user users;
BEGIN
    LOOP
        SELECT array_agg(DISTINCT i.union_id ORDER BY i.union_id) INTO v_more FROM wechat_identities i
        WHERE i.user_id = p_user_id AND i.union_id <> ALL (v_taken);
        IF v_more IS NULL THEN
            PERFORM 1 FROM wechat_identities i WHERE i.user_id = p_user_id ORDER BY i.app_id, i.open_id FOR UPDATE;
            -- A unionid may have come while an identity was waited for.
            EXIT WHEN NOT EXISTS (SELECT FROM wechat_identities i WHERE i.user_id = p_user_id AND i.union_id <> ALL (v_taken));
            CONTINUE;
        END IF;
        FOREACH v_union_id IN ARRAY v_more LOOP
            PERFORM pg_advisory_xact_lock(hashtextextended('wxauth unionid ' || v_union_id, 0));
        END LOOP;
        v_taken := v_taken || v_more;
    END LOOP;

    SELECT * INTO v_user FROM users WHERE id = p_user_id FOR UPDATE;
    RETURN v_user;
END
$$;

-- Takes what is personal from a user whose locks are held. The row of the id stays, and what was audited, without addresses and names.
CREATE FUNCTION clear_user(p_user_id uuid, p_now timestamptz, p_by text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM end_sessions(p_user_id, 'erased', p_now, NULL, NULL, NULL);
    -- Two statements, for there is an index for each.
    UPDATE sessions SET ip = NULL, user_agent = NULL, open_id = NULL WHERE user_id = p_user_id AND ended_at IS NULL;
    UPDATE sessions SET ip = NULL, user_agent = NULL, open_id = NULL WHERE user_id = p_user_id AND ended_at IS NOT NULL;
    DELETE FROM wechat_identities WHERE user_id = p_user_id;
    DELETE FROM avatars WHERE user_id = p_user_id;
    UPDATE users SET status = 'erased', erased_at = p_now, nickname = NULL, avatar_url = NULL, phone_number = NULL, user_name = NULL,
        password_hash = NULL, roles = '{}', last_login_at = NULL
    WHERE id = p_user_id;
    UPDATE audit_events SET ip = NULL, detail = detail - '{userName,phoneNumber}'::text[]
    WHERE user_id = p_user_id AND (ip IS NOT NULL OR detail ?| '{userName,phoneNumber}'::text[]);
    INSERT INTO audit_events (id, at, type, outcome, user_id, detail)
    VALUES (uuid_v7(p_now), p_now, 'user_erased', 'success', p_user_id, jsonb_build_object('by', p_by));
END
$$;

-- A user erases himself: 'erased', 'last_administrator', or 'gone' where that has happened before.
CREATE FUNCTION erase_user(p_user_id uuid, p_now timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_user users;
BEGIN
    -- Of two administrators who leave at once, one has to stay.
    PERFORM pg_advisory_xact_lock(hashtextextended('wxauth administrators', 0));
    v_user := lock_user(p_user_id);
    IF v_user.id IS NULL OR v_user.status = 'erased' THEN
        RETURN 'gone';
    END IF;
    IF v_user.status = 'active' AND 'admin' = ANY (v_user.roles)
       AND NOT EXISTS (SELECT FROM users u WHERE u.status = 'active' AND 'admin' = ANY (u.roles) AND u.id <> p_user_id)
    THEN
        RETURN 'last_administrator';
    END IF;
    PERFORM clear_user(p_user_id, p_now, 'user');
    RETURN 'erased';
END
$$;

-- A user closed the WeChat account: the identity goes, its sessions end, and so does a user that nothing else leads to.
-- Returns whose it was.
CREATE FUNCTION cancel_identity(p_now timestamptz, p_app_id text, p_open_id text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_user_id uuid;
    v_seen uuid;
    v_user users;
BEGIN
    LOOP
        SELECT i.user_id INTO v_seen FROM wechat_identities i WHERE i.app_id = p_app_id AND i.open_id = p_open_id;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        IF v_seen IS NOT NULL THEN
            v_user := lock_user(v_seen);
        END IF;
        SELECT i.user_id INTO v_user_id FROM wechat_identities i WHERE i.app_id = p_app_id AND i.open_id = p_open_id FOR UPDATE;
        -- Linked to another user meanwhile: once more.
        EXIT WHEN NOT FOUND OR v_user_id IS NOT DISTINCT FROM v_seen;
    END LOOP;

    DELETE FROM wechat_identities WHERE app_id = p_app_id AND open_id = p_open_id;
    IF v_user_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF v_user.user_name IS NULL AND NOT EXISTS (SELECT FROM wechat_identities i WHERE i.user_id = v_user_id) THEN
        PERFORM clear_user(v_user_id, p_now, 'wechat');
        RETURN v_user_id;
    END IF;

    WITH ended AS (
        UPDATE sessions SET ended_at = p_now, end_reason = 'erased'
        WHERE user_id = v_user_id AND app_id = p_app_id AND open_id = p_open_id AND ended_at IS NULL AND expires_at > p_now
        RETURNING id)
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, detail)
    SELECT uuid_v7(p_now), p_now, 'session_ended', 'success', v_user_id, p_app_id, id, '{"reason": "erased"}' FROM ended;
    UPDATE sessions SET ip = NULL, user_agent = NULL, open_id = NULL
    WHERE user_id = v_user_id AND ended_at IS NULL AND app_id = p_app_id AND open_id = p_open_id;
    UPDATE sessions SET ip = NULL, user_agent = NULL, open_id = NULL
    WHERE user_id = v_user_id AND ended_at IS NOT NULL AND app_id = p_app_id AND open_id = p_open_id;
    RETURN v_user_id;
END
$$;

-- Handles a message push once. The memory of it and its effect are one transaction: what failed may come again.
-- Returns whether it was new.
CREATE FUNCTION receive_push(
    p_now timestamptz, p_key_hash bytea, p_app_id text, p_open_id text, p_cancel boolean, p_clear_profile boolean, p_clear_phone boolean,
    p_detail jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_user_id uuid;
BEGIN
    -- The same message, handled at this moment elsewhere, is waited for here, before any other lock is held.
    INSERT INTO push_messages (key_hash, received_at) VALUES (p_key_hash, p_now) ON CONFLICT (key_hash) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF p_cancel THEN
        v_user_id := cancel_identity(p_now, p_app_id, p_open_id);
    ELSE
        SELECT i.user_id INTO v_user_id FROM wechat_identities i WHERE i.app_id = p_app_id AND i.open_id = p_open_id FOR UPDATE;
        IF p_clear_profile OR p_clear_phone THEN
            UPDATE users SET
                nickname = CASE WHEN p_clear_profile THEN NULL ELSE nickname END,
                avatar_url = CASE WHEN p_clear_profile THEN NULL ELSE avatar_url END,
                phone_number = CASE WHEN p_clear_phone THEN NULL ELSE phone_number END
            WHERE id = v_user_id;
        END IF;
        IF p_clear_profile THEN
            DELETE FROM avatars WHERE user_id = v_user_id;
        END IF;
    END IF;

    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, detail)
    VALUES (uuid_v7(p_now), p_now, 'push_received', 'success', v_user_id, p_app_id, p_detail);
    RETURN true;
END
$$;
