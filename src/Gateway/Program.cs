using Reversals.Gateway;

return await GatewayHost.RunAsync(args);
