namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// The private cluster cannot be started. The first line of the message says what to do about it and is fit for standard
/// error; further lines, where there are any, are the end of the server's own log. No password is in it.
/// </summary>
public sealed class PrivatePostgresException(string message, Exception? innerException = null) : Exception(message, innerException);
