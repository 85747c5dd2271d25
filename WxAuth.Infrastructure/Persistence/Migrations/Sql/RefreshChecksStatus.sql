-- Exchanges a refresh token of generation p_generation. Its successor is always the next generation, so a retry needs no memory:
-- a session of a user who is not active any more ends, whoever changed the status;
-- unused -> used, inside the grace period again -> the same successor, anything older -> the session ends.
CREATE OR REPLACE FUNCTION refresh_session(
    p_now timestamptz, p_session_id uuid, p_seed_hash bytea, p_generation integer, p_grace interval, p_access interval, p_idle interval,
    p_absolute interval, p_ip inet)
RETURNS TABLE (outcome text, user_id uuid, app_id text, open_id text, roles text[], end_reason text, expires_at timestamptz, access_expires_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v sessions;
    v_user users;
    v_reason text;
    v_expires_at timestamptz;
BEGIN
    SELECT * INTO v FROM sessions s WHERE s.id = p_session_id AND s.refresh_seed_hash = p_seed_hash FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown', NULL::uuid, NULL, NULL, NULL::text[], NULL, NULL::timestamptz, NULL::timestamptz;
        RETURN;
    ELSIF v.ended_at IS NOT NULL THEN
        RETURN QUERY SELECT 'ended', v.user_id, v.app_id, v.open_id, NULL::text[], v.end_reason, v.expires_at, v.access_expires_at;
        RETURN;
    ELSIF v.expires_at <= p_now THEN
        RETURN QUERY SELECT 'expired', v.user_id, v.app_id, v.open_id, NULL::text[], NULL, v.expires_at, v.access_expires_at;
        RETURN;
    ELSIF p_generation < v.refresh_generation AND NOT (p_generation = v.refresh_generation - 1 AND p_now <= v.refreshed_at + p_grace) THEN
        UPDATE sessions s SET ended_at = p_now, end_reason = 'refresh_token_reused' WHERE s.id = v.id;
        -- The last token but one, late, is an answer lost in a long outage; an older one means that its successor is in use elsewhere.
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, CASE WHEN p_generation = v.refresh_generation - 1 THEN 'session_ended' ELSE 'refresh_reused' END,
                CASE WHEN p_generation = v.refresh_generation - 1 THEN 'success' ELSE 'refused' END,
                v.user_id, v.app_id, v.id, p_ip, '{"reason": "refresh_token_reused"}');
        RETURN QUERY SELECT 'reused', v.user_id, v.app_id, v.open_id, NULL::text[], NULL, v.expires_at, v.access_expires_at;
        RETURN;
    END IF;

    SELECT * INTO v_user FROM users u WHERE u.id = v.user_id;
    IF v_user.status <> 'active' THEN
        v_reason := CASE v_user.status WHEN 'erased' THEN 'erased' ELSE 'user_disabled' END;
        UPDATE sessions s SET ended_at = p_now, end_reason = v_reason WHERE s.id = v.id;
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'session_ended', 'success', v.user_id, v.app_id, v.id, p_ip, jsonb_build_object('reason', v_reason));
        RETURN QUERY SELECT 'ended', v.user_id, v.app_id, v.open_id, NULL::text[], v_reason, v.expires_at, v.access_expires_at;
        RETURN;
    END IF;

    IF p_generation >= v.refresh_generation THEN
        -- Above it only after a failover that lost the last transactions: the token is genuine, so nobody is logged out.
        v_expires_at := least(p_now + p_idle, v.created_at + p_absolute);
        UPDATE sessions s SET refresh_generation = p_generation + 1, refreshed_at = p_now, expires_at = v_expires_at,
            access_expires_at = greatest(s.access_expires_at, least(p_now + p_access, v_expires_at))
        WHERE s.id = v.id;
    ELSE
        v_expires_at := v.expires_at;
        UPDATE sessions s SET access_expires_at = greatest(s.access_expires_at, least(p_now + p_access, v_expires_at)) WHERE s.id = v.id;
    END IF;

    RETURN QUERY SELECT 'refreshed', v.user_id, v.app_id, v.open_id, v_user.roles, NULL, v_expires_at, least(p_now + p_access, v_expires_at);
END
$$;
