namespace WxAuth.Domain;

/// <summary>Others changed what a use case had read, time after time. Nothing was kept; the same request may succeed later.</summary>
public sealed class ConcurrentChangeException() : Exception("The same rows were changed by others time after time.");
