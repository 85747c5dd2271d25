using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Api.Configuration;

public sealed record WxAuthSettings(MiniPrograms MiniPrograms, SessionPolicy SessionPolicy, DatabaseOptions Database, DataProtectionSettings DataProtection, bool SwaggerEnabled);
