using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace WxAuth.Api.Simulator;

/// <summary>
/// What WeChat knows of a user, all of it derived from the name: the same in every run, so that a kept database still fits,
/// and nothing has to be stored.
/// </summary>
internal static class SimulatedIdentity
{
    private const int LongestName = 64;

    /// <summary>A user exists as soon as it is named: 1 to 64 code points.</summary>
    public static bool IsUserName(string? user) => user is { Length: > 0 } && user.EnumerateRunes().Take(LongestName + 1).Count() <= LongestName;

    public static string OpenId(string appId, string user) => Id("openid", appId, user);

    public static string UnionId(string openPlatform, string user) => Id("unionid", openPlatform, user);

    /// <summary>The app's original id, <c>gh_</c> and 12 hex digits: what a push is addressed to.</summary>
    public static string OriginalId(string appId) => "gh_" + Convert.ToHexStringLower(Hash("original", appId, "").AsSpan(0, 6));

    /// <summary>The platform's own sender of pushes; never the user that a push is about.</summary>
    public static string PushSender(string appId) => Id("sender", appId, "");

    /// <summary>A mainland mobile number: 13 and nine more digits.</summary>
    public static string PhoneNumber(string user) =>
        $"13{BinaryPrimitives.ReadUInt64BigEndian(Hash("phone", "", user)) % 1_000_000_000:D9}";

    public static string AvatarUrl(string user) =>
        $"https://thirdwx.qlogo.cn/mmopen/vi_32/{Base64Url.EncodeToString(Hash("avatar", "", user))}/132";

    // 21 bytes are 28 characters of [A-Za-z0-9_-]; the first one is always "o" in what WeChat hands out.
    private static string Id(string kind, string scope, string user) =>
        string.Concat("o", Base64Url.EncodeToString(Hash(kind, scope, user).AsSpan(0, 21)).AsSpan(1));

    // The length keeps ("a", "bc") and ("ab", "c") apart.
    private static byte[] Hash(string kind, string scope, string user) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}:{scope.Length}:{scope}:{user}"));
}
