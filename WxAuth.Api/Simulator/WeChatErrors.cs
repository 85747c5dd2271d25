namespace WxAuth.Api.Simulator;

/// <summary>WeChat's errcodes and the texts that it sends with them.</summary>
internal static class WeChatErrors
{
    public const int SystemBusy = -1;
    public const int NotLatestToken = 40001;
    public const int InvalidGrantType = 40002;
    public const int InvalidOpenId = 40003;
    public const int InvalidAppId = 40013;
    public const int InvalidCode = 40029;
    public const int InvalidArguments = 40097;
    public const int InvalidSecret = 40125;
    public const int UsedCode = 40163;
    public const int AddressNotAllowed = 40164;
    public const int HighRiskUser = 40226;
    public const int MissingToken = 41001;
    public const int MissingAppId = 41002;
    public const int MissingSecret = 41004;
    public const int MissingCode = 41008;
    public const int ExpiredToken = 42001;
    public const int GetNeeded = 43001;
    public const int PostNeeded = 43002;
    public const int DailyQuota = 45009;
    public const int TooFrequent = 45011;
    public const int NotJson = 47001;
    public const int RestrictedUser = 50002;
    public const int NoSessionKey = 87007;
    public const int InvalidSignatureMethod = 87008;
    public const int InvalidSignature = 87009;

    public static string TextOf(int errcode) => errcode switch
    {
        SystemBusy => "system error",
        NotLatestToken => "invalid credential, access_token is invalid or not latest",
        InvalidGrantType => "invalid grant_type",
        InvalidOpenId => "invalid openid",
        InvalidAppId => "invalid appid",
        InvalidCode => "invalid code",
        InvalidArguments => "invalid args",
        InvalidSecret => "invalid appsecret",
        UsedCode => "code been used",
        // The address is one of the range for documentation: RFC 5737.
        AddressNotAllowed => "invalid ip 192.0.2.45 ipv6 ::ffff:192.0.2.45, not in whitelist",
        HighRiskUser => "code blocked",
        MissingToken => "access_token missing",
        MissingAppId => "appid missing",
        MissingSecret => "appsecret missing",
        MissingCode => "missing code",
        ExpiredToken => "access_token expired",
        GetNeeded => "require GET method",
        PostNeeded => "require POST method",
        DailyQuota => "reach max api daily quota limit",
        TooFrequent => "api minute-quota reach limit  mustslower  retry next minute",
        NotJson => "data format error",
        RestrictedUser => "user limited",
        NoSessionKey => "session_key is not existed or expired",
        InvalidSignatureMethod => "invalid sig_method",
        InvalidSignature => "invalid signature",
        _ => "simulated error",
    };
}
