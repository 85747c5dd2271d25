using WxAuth.Domain.Sessions;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>Takes over what a user shows of himself in WeChat.</summary>
public sealed class WeChatProfileService(SessionIdentities identities, IUserDataDecryptor decryptor, UserService users)
{
    // What wx.getUserProfile gives since 2022 in the place of everybody's name, with a grey picture.
    private const string Placeholder = "微信用户";
    private const int MaxNicknameCodePoints = 64;
    private const int MaxAvatarUrlLength = 2048;
    private const string PictureServers = ".qlogo.cn";

    /// <summary>
    /// Opens the data, checks it, and keeps nickname and avatar. What does not fit our limits is left out; the placeholder that WeChat
    /// gives instead of a profile is no profile.
    /// </summary>
    public async Task<UserResult> ChangeAsync(
        Caller caller, string encryptedData, string iv, string? rawData, string? signature, CancellationToken cancellationToken)
    {
        if (await identities.FindAsync(caller, cancellationToken) is not { } identity)
        {
            return new UserResult.Refused(FailureCode.SessionKeyStale);
        }

        var decrypted = decryptor.DecryptProfile(new EncryptedUserData(
            identity.AppId, identity.OpenId, identity.Keys.Current, identity.Keys.Previous, encryptedData, iv, rawData, signature));
        if (decrypted is Decrypted<UserProfile>.Refused refused)
        {
            return new UserResult.Refused(refused.Refusal.ToFailureCode());
        }

        var change = ChangeOf(((Decrypted<UserProfile>.Opened)decrypted).Content);
        return UserResult.From(await users.ChangeProfileAsync(caller.UserId, change, caller.Ip, cancellationToken));
    }

    private static ProfileChange ChangeOf(UserProfile profile)
    {
        if (string.Equals(profile.Nickname, Placeholder, StringComparison.Ordinal))
        {
            return new ProfileChange(SetNickname: false, null, SetAvatarUrl: false, null);
        }

        var nickname = IsNickname(profile.Nickname) ? profile.Nickname : null;
        var avatarUrl = AvatarUrlOf(profile.AvatarUrl);
        return new ProfileChange(nickname is not null, nickname, avatarUrl is not null, avatarUrl);
    }

    private static bool IsNickname(string? text) =>
        text is { Length: > 0 }
        && !text.Contains('\0', StringComparison.Ordinal)
        && text.EnumerateRunes().Count() <= MaxNicknameCodePoints;

    // WeChat still names pictures on its own servers by http; they are there by https, too.
    private static string? AvatarUrlOf(string? text)
    {
        if (text is null || text.Contains('\0', StringComparison.Ordinal) || !Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            return null;
        }

        if (url is { Scheme: "http", IsDefaultPort: true, UserInfo: "" } && url.Host.EndsWith(PictureServers, StringComparison.Ordinal))
        {
            url = new UriBuilder(url) { Scheme = Uri.UriSchemeHttps, Port = -1 }.Uri;
            text = url.AbsoluteUri;
        }

        return url.Scheme == Uri.UriSchemeHttps && text.Length <= MaxAvatarUrlLength ? text : null;
    }
}

/// <summary>What a refusal of encryptedData is called.</summary>
internal static class DecryptionRefusals
{
    public static FailureCode ToFailureCode(this DecryptionRefusal refusal) => refusal switch
    {
        DecryptionRefusal.EncryptedDataInvalid => FailureCode.EncryptedDataInvalid,
        DecryptionRefusal.SessionKeyStale => FailureCode.SessionKeyStale,
        DecryptionRefusal.WatermarkMismatch => FailureCode.WatermarkMismatch,
        DecryptionRefusal.SignatureInvalid => FailureCode.SignatureInvalid,
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
