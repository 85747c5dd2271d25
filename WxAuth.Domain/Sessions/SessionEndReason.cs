namespace WxAuth.Domain.Sessions;

/// <summary>Why a session ended. The wire's names are these in snake_case.</summary>
public enum SessionEndReason
{
    /// <summary>The user logged out.</summary>
    Logout,

    /// <summary>The user has more sessions than allowed; this one was not used for longest.</summary>
    Replaced,

    /// <summary>The user ended it from another session.</summary>
    RevokedByUser,

    /// <summary>An administrator ended it.</summary>
    RevokedByAdmin,

    /// <summary>A business service ended it.</summary>
    RevokedByService,

    /// <summary>An administrator disabled the user.</summary>
    UserDisabled,

    /// <summary>The user's roles changed, and tokens carry roles.</summary>
    RolesChanged,

    /// <summary>The password of the user's account was changed.</summary>
    PasswordChanged,

    /// <summary>A used refresh token came again.</summary>
    RefreshTokenReused,

    /// <summary>The identity was unbound from its account.</summary>
    Unbound,

    /// <summary>The user was joined with another one.</summary>
    Merged,

    /// <summary>The user's data were erased.</summary>
    Erased,
}
