namespace WxAuth.Infrastructure.WeChat;

/// <summary>The errcodes that mean something to us, grouped by what they ask for.</summary>
internal static class WeChatErrorCodes
{
    /// <summary>Success; most answers leave the errcode out instead.</summary>
    public const int Ok = 0;

    /// <summary>WeChat is busy: may be tried again, but the code may be used up.</summary>
    public const int Busy = -1;

    /// <summary>Codes of wx.login and of the phone number button.</summary>
    internal static class Code
    {
        /// <summary>Expired, made up, of another app, or of the other kind.</summary>
        public const int Invalid = 40029;

        /// <summary>Used before.</summary>
        public const int Used = 40163;

        /// <summary>getuserphonenumber: the code was given to another app than the token's.</summary>
        public const int OfAnotherApp = 40013;
    }

    /// <summary>WeChat blocks the user.</summary>
    internal static class User
    {
        /// <summary>A high-risk user.</summary>
        public const int HighRisk = 40226;

        /// <summary>The account is frozen or closed.</summary>
        public const int Restricted = 50002;
    }

    /// <summary>checksession: the session_key is no longer the current one.</summary>
    internal static class SessionKey
    {
        /// <summary>No session_key, or an expired one.</summary>
        public const int Missing = 87007;

        /// <summary>The signature was made with another key.</summary>
        public const int BadSignature = 87009;
    }

    /// <summary>The access_token of the app.</summary>
    internal static class AccessToken
    {
        /// <summary>Not valid or not the latest; when a token is fetched: the AppSecret is wrong.</summary>
        public const int NotLatest = 40001;

        /// <summary>Malformed or unknown.</summary>
        public const int Invalid = 40014;

        /// <summary>Expired.</summary>
        public const int Expired = 42001;

        /// <summary>Whether a fresh token may mend it.</summary>
        public static bool IsRefused(int errorCode) => errorCode is NotLatest or Invalid or Expired;
    }

    /// <summary>Whether the quota of the app is used up: 45011 a minute's, 45009 a day's.</summary>
    public static bool IsRateLimit(int errorCode) => errorCode is 45011 or 45009;

    /// <summary>
    /// Whether WeChat refuses the configuration, so that an operator must act: AppID 40013, AppSecret 40125 or 40243 (frozen),
    /// missing parameters 41002 and 41004, the caller's address 40164, 61004, 89503, 89506 and 89507, an API that was not granted 48001.
    /// </summary>
    public static bool IsRejectedApp(int errorCode) =>
        errorCode is 40013 or 40125 or 40243 or 41002 or 41004 or 40164 or 61004 or 89503 or 89506 or 89507 or 48001;
}
