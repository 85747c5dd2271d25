namespace WxAuth.Domain.Users;

/// <summary>A user of ours: made by a first login or by an administrator, reached through WeChat identities or a password.</summary>
public sealed class User
{
    private readonly List<UnboundApp> _unboundApps = [];

    private User()
    {
    }

    /// <summary>UUIDv7; the <c>sub</c> of access tokens. Survives an erasure.</summary>
    public Guid Id { get; private init; }

    /// <summary>Whether the user may log in.</summary>
    public UserStatus Status { get; private set; }

    /// <summary>1 to 64 code points, as the user gave it.</summary>
    public string? Nickname { get; private set; }

    /// <summary>An https address, at most 2048 characters.</summary>
    public string? AvatarUrl { get; private set; }

    /// <summary>E.164, with <c>+</c>.</summary>
    public string? PhoneNumber { get; private set; }

    /// <summary>The platform account's name, as given; unique without case. <c>null</c>: the user has no account.</summary>
    public string? UserName { get; private set; }

    /// <summary>In the format of ASP.NET Core Identity's PasswordHasher; <c>null</c> where the user has no account.</summary>
    public string? PasswordHash { get; private set; }

    /// <summary>At most 20, each 1 to 32 of <c>a-z0-9_-</c>.</summary>
    public string[] Roles { get; private set; } = [];

    /// <summary>
    /// Mini-programs whose identity was taken from this account. No unionid leads from there to the account again until somebody binds
    /// it with the password. Loaded with a <see cref="LockedUser"/> alone.
    /// </summary>
    public IReadOnlyCollection<UnboundApp> UnboundApps => _unboundApps;

    /// <summary>When the user was made.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The hour of the last login; refreshes do not count. To the hour, so that not every login writes the user's row.</summary>
    public DateTimeOffset? LastLoginAt { get; private set; }

    /// <summary>When the personal data were erased.</summary>
    public DateTimeOffset? ErasedAt { get; private set; }

    /// <summary>Whether the user may log in.</summary>
    public bool IsActive => Status == UserStatus.Active;

    /// <summary>Whether the user may administer.</summary>
    public bool IsAdministrator => IsActive && Roles.Contains(AdminRole, StringComparer.Ordinal);

    /// <summary>Whether there is a user name and a password.</summary>
    public bool HasAccount => UserName is not null;

    /// <summary>Whether nobody would miss the user: active, and nothing in it but its id.</summary>
    public bool IsBare => IsActive && !HasAccount && PhoneNumber is null && Nickname is null && AvatarUrl is null && Roles is [];

    /// <summary>The role of administrators.</summary>
    public const string AdminRole = "admin";

    /// <summary>A user that a first login makes.</summary>
    public static User Register(DateTimeOffset now) => new() { Id = Guid.CreateVersion7(now), CreatedAt = now };

    /// <summary>A platform account, its values checked before.</summary>
    public static User CreateAccount(string userName, string passwordHash, string[] roles, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserName = userName,
        PasswordHash = passwordHash,
        Roles = roles,
        CreatedAt = now,
    };

    /// <summary>Remembers the hour of a login.</summary>
    public void RecordLogin(DateTimeOffset now)
    {
        var hour = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        if (LastLoginAt is null || LastLoginAt < hour)
        {
            LastLoginAt = hour;
        }
    }

    /// <summary>Keeps a hash of the same password at today's cost.</summary>
    public void Rehash(string passwordHash) => PasswordHash = passwordHash;

    /// <summary>Keeps the user out.</summary>
    public void Disable() => Status = UserStatus.Disabled;

    /// <summary>Lets the user in again.</summary>
    public void Enable() => Status = UserStatus.Active;

    /// <summary>Gives the user these roles instead of those before.</summary>
    /// <returns>Whether they are others; their order does not matter.</returns>
    public bool ChangeRoles(string[] roles)
    {
        if (Roles.ToHashSet(StringComparer.Ordinal).SetEquals(roles))
        {
            return false;
        }

        Roles = roles;
        return true;
    }

    /// <summary>Changes what is named of the profile.</summary>
    /// <returns>Whether nickname and avatar are others now.</returns>
    public (bool Nickname, bool AvatarUrl) ChangeProfile(ProfileChange change)
    {
        var nickname = change.SetNickname && !string.Equals(Nickname, change.Nickname, StringComparison.Ordinal);
        var avatarUrl = change.SetAvatarUrl && !string.Equals(AvatarUrl, change.AvatarUrl, StringComparison.Ordinal);
        if (nickname)
        {
            Nickname = change.Nickname;
        }

        if (avatarUrl)
        {
            AvatarUrl = change.AvatarUrl;
        }

        return (nickname, avatarUrl);
    }

    /// <summary>Shows a picture that the user uploaded.</summary>
    public void ShowAvatar(string avatarUrl) => AvatarUrl = avatarUrl;

    /// <summary>Keeps the phone number, or clears it.</summary>
    /// <returns>Whether it is another one.</returns>
    public bool ChangePhone(string? phoneNumber)
    {
        if (string.Equals(PhoneNumber, phoneNumber, StringComparison.Ordinal))
        {
            return false;
        }

        PhoneNumber = phoneNumber;
        return true;
    }

    /// <summary>Takes from another user what this one lacks, before that one is erased.</summary>
    public void FillFrom(User other)
    {
        Nickname ??= other.Nickname;
        AvatarUrl ??= other.AvatarUrl;
        PhoneNumber ??= other.PhoneNumber;
    }

    /// <summary>Remembers that the identity of a mini-program was taken from this account.</summary>
    public void Unbind(string appId)
    {
        if (!HasUnbound(appId))
        {
            _unboundApps.Add(new UnboundApp(Id, appId));
        }
    }

    /// <summary>Whether the identity of a mini-program was taken from this account.</summary>
    public bool HasUnbound(string appId) => _unboundApps.Exists(unbound => string.Equals(unbound.AppId, appId, StringComparison.Ordinal));

    /// <summary>Forgets that, because the identity was bound with the password.</summary>
    public void Bind(string appId) => _unboundApps.RemoveAll(unbound => string.Equals(unbound.AppId, appId, StringComparison.Ordinal));

    /// <summary>Clears everything personal. The row of the id stays, and never becomes a user again.</summary>
    public void Erase(DateTimeOffset now)
    {
        Status = UserStatus.Erased;
        ErasedAt = now;
        Nickname = null;
        AvatarUrl = null;
        PhoneNumber = null;
        UserName = null;
        PasswordHash = null;
        Roles = [];
        _unboundApps.Clear();
        LastLoginAt = null;
    }
}

/// <summary>A mini-program whose identity was taken from an account.</summary>
/// <param name="UserId">The account.</param>
/// <param name="AppId">The mini-program.</param>
public sealed record UnboundApp(Guid UserId, string AppId);

/// <summary>Whether a user may log in.</summary>
public enum UserStatus
{
    /// <summary>Yes.</summary>
    Active,

    /// <summary>No: an administrator said so.</summary>
    Disabled,

    /// <summary>No: the personal data are gone, and only the id is left.</summary>
    Erased,
}
