using System.Text;
using Microsoft.AspNetCore.DataProtection;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class SessionKeyVaultTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly SessionKeyVault _vault = new(new EphemeralDataProtectionProvider());

    public static TheoryData<string> Signatures => VectorFile.IdsOf("session_signature.json");

    [Theory]
    [MemberData(nameof(Signatures))]
    public void It_signs_with_the_text_of_the_key(string id)
    {
        var vector = VectorFile.Get("session_signature.json", id);

        var signature = SessionKeyVault.Sign(Encoding.ASCII.GetBytes(vector.Input("session_key")!), Encoding.UTF8.GetBytes(vector.Input("message")!));

        if (vector.Expected("signature_hex") is { } expected)
        {
            Assert.Equal(expected, signature);
        }
        else
        {
            Assert.NotEqual(vector.Expected("must_not_equal"), signature, StringComparer.Ordinal);
        }
    }

    [Fact]
    public void Checksession_signs_the_empty_message()
    {
        var sealedKey = _vault.Seal("wx1", "o1", "o0q0otL8aEzpcZL/FT9WsQ=="u8, s_now);

        Assert.Equal("46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128", _vault.SignNothing("wx1", "o1", sealedKey));
    }

    [Theory]
    [InlineData("wx1", "o2")]
    [InlineData("wx2", "o1")]
    [InlineData("wx1o", "1")]
    public void It_opens_a_key_for_its_owner_alone(string appId, string openId)
    {
        var sealedKey = _vault.Seal("wx1", "o1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now);

        Assert.Equal("AAECAwQFBgcICQoLDA0ODw==", Open(_vault, "wx1", "o1", sealedKey));
        Assert.Null(Open(_vault, appId, openId, sealedKey));
    }

    [Fact]
    public void A_key_whose_key_ring_is_gone_does_not_open()
    {
        var sealedKey = _vault.Seal("wx1", "o1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now);

        Assert.Null(Open(new SessionKeyVault(new EphemeralDataProtectionProvider()), "wx1", "o1", sealedKey));
    }

    [Fact]
    public void The_tag_knows_the_same_key_of_the_same_user_again()
    {
        var tag = _vault.Seal("wx1", "o1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now).Tag;

        Assert.Equal(tag, _vault.Seal("wx1", "o1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now.AddDays(1)).Tag);
        Assert.NotEqual(tag, _vault.Seal("wx1", "o1", "BBECAwQFBgcICQoLDA0ODw=="u8, s_now).Tag);
        Assert.NotEqual(tag, _vault.Seal("wx1", "o2", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now).Tag);
        Assert.NotEqual(tag, _vault.Seal("wx1o", "1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now).Tag);
    }

    [Fact]
    public void What_is_sealed_does_not_show_the_key()
    {
        var sealedKey = _vault.Seal("wx1", "o1", "AAECAwQFBgcICQoLDA0ODw=="u8, s_now);

        Assert.Equal(-1, sealedKey.Sealed.AsSpan().IndexOf("AAECAwQF"u8));
        Assert.Equal(-1, sealedKey.Sealed.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 1, 2, 3, 4, 5, 6, 7]));
    }

    private static string? Open(SessionKeyVault vault, string appId, string openId, SealedSessionKey sealedKey) =>
        vault.TryUse(appId, openId, sealedKey, 0, static (keyText, _) => Encoding.ASCII.GetString(keyText), out var text) ? text : null;
}
