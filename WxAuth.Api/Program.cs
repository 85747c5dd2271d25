using WxAuth.Api;
using WxAuth.Api.Configuration;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Tokens;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.Configure<JwtOptions>(o => { builder.Configuration.GetSection("Jwt").Bind(o); if (o.Issuer == "") o.Issuer = "http://localhost:5080"; });
var settings = new WxAuthSettings(new MiniPrograms([new MiniProgram("wx5eb0a6f3c1d2e4f7", false)]), new SessionPolicy(), new DatabaseOptions(builder.Configuration.GetConnectionString("WxAuth")!, true), new DataProtectionSettings(null, []), true);
builder.AddWxAuth(settings);
var app = builder.Build();
app.UseWxAuth(settings);
await app.RunAsync();

public partial class Program;
