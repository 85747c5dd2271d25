using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Phone;

/// <summary>How WeChat's client protects the data that it hands to a mini-program.</summary>
internal static class OpenData
{
    /// <summary>SHA-1 over the text followed by the text of the session_key.</summary>
#pragma warning disable CA5350 // The algorithm is WeChat's choice.
    public static string Sign(string rawData, string sessionKey) =>
        Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(rawData + sessionKey)));
#pragma warning restore CA5350

    /// <summary>AES-128-CBC under the decoded session_key, with a fresh initialization vector.</summary>
    /// <returns>Both in base64.</returns>
    public static (string EncryptedData, string Iv) Encrypt(JsonObject data, string sessionKey)
    {
        using var aes = Aes.Create();
        aes.Key = Convert.FromBase64String(sessionKey);
        var iv = RandomNumberGenerator.GetBytes(16);
        var encrypted = aes.EncryptCbc(Encoding.UTF8.GetBytes(data.ToJsonString(SimulatorJson.WeChat)), iv);
        return (Convert.ToBase64String(encrypted), Convert.ToBase64String(iv));
    }
}
