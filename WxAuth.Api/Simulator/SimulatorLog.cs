namespace WxAuth.Api.Simulator;

/// <summary>What the simulator tells the developer's console; neither users nor codes.</summary>
internal static partial class SimulatorLog
{
    [LoggerMessage(1900, LogLevel.Information, "The WeChat simulator answers under {Path}, for {Apps} app(s).")]
    public static partial void Mapped(ILogger logger, string path, int apps);

    [LoggerMessage(1901, LogLevel.Information, "The WeChat simulator will fail on purpose: {Kind} ({Call}).")]
    public static partial void FaultAdded(ILogger logger, string kind, string? call);

    [LoggerMessage(1902, LogLevel.Information, "The WeChat simulator pushed {Event} of {AppId}: status {Status} after {Tries} tries.")]
    public static partial void Pushed(ILogger logger, string @event, string appId, int? status, int tries);
}
