namespace WxAuth.Api.Simulator.Phone;

/// <summary>What wx.login gives.</summary>
/// <param name="Code">32 alphanumerics, good once and for five minutes.</param>
public sealed record SimulatedLoginResponse(string Code);

/// <summary>What wx.getUserInfo gives.</summary>
/// <param name="RawData">The profile as text; send it on as it is, since the signature covers every character.</param>
/// <param name="Signature">Hex SHA-1 of rawData and the session_key.</param>
/// <param name="EncryptedData">The profile with openId, unionId and watermark, base64 of AES-128-CBC under the session_key that is current now.</param>
/// <param name="Iv">Base64 of 16 bytes.</param>
public sealed record SimulatedUserInfoResponse(string RawData, string Signature, string EncryptedData, string Iv);

/// <summary>What the phone number button gives.</summary>
/// <param name="Code">64 hex digits, good once and for five minutes; no code of wx.login.</param>
/// <param name="EncryptedData">The number in the older form, base64 of AES-128-CBC under the session_key that is current now.</param>
/// <param name="Iv">Base64 of 16 bytes.</param>
public sealed record SimulatedPhoneNumberResponse(string Code, string EncryptedData, string Iv);

/// <summary>Why the simulator could not do what it was asked for.</summary>
/// <param name="Message">A sentence for the developer.</param>
public sealed record SimulatorProblem(string Message);
