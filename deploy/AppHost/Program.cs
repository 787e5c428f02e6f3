using Reversals.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
DeveloperHost.Add(builder);
await builder.Build().RunAsync();
