using Microsoft.Extensions.DependencyInjection;

namespace Reversals.AppHost;

/// <summary>
/// Both servers, schema, worker with its operator page, and gateway, on one machine for developers: the order
/// of docker-compose.yml, without its users and rights, which nobody needs to try a change.
/// </summary>
static class DeveloperHost
{
    internal const string Database = "reversal";

    /// <summary>Of the client <c>demo</c>; no secret, as all of this is on loopback.</summary>
    internal const string ApiKey = "developers-only-key";

    internal static void Add(IDistributedApplicationBuilder builder)
    {
        var postgres = builder.AddPostgres("postgres").WithImageTag("17").WithImageNamedBy("POSTGRES_IMAGE");
        var database = postgres.AddDatabase(Database);
        var rabbit = builder.AddRabbitMQ("rabbitmq").WithImageTag("4.2-management").WithManagementPlugin()
            .WithImageNamedBy("RABBITMQ_IMAGE");

        var migrate = Program(builder, "migrate", Programs.Worker)
            .WithArgs("migrate")
            .WithEnvironment("ConnectionStrings__Postgres", database)
            .WaitFor(database);

        var worker = Program(builder, "worker", Programs.Worker)
            .WithArgs("run")
            .WithServers(database, rabbit)
            .WithHttpEndpoint(name: "health", env: "Health__Port")
            .WithHttpEndpoint(name: "page", env: "Page__Port")
            .WithEnvironment("Page__Actions", "true")
            .WithHttpHealthCheck("/health/ready", endpointName: "health")
            .WaitFor(rabbit)
            .WaitForCompletion(migrate);

        Program(builder, "gateway", Programs.Gateway)
            .WithArgs("run")
            .WithEnvironment("ConnectionStrings__RabbitMq", rabbit)
            .WithKey()
            .WithHttpEndpoint(name: "http", env: "Http__Port")
            .WithHttpEndpoint(name: "health", env: "Health__Port")
            .WithHttpHealthCheck("/health/ready", endpointName: "health")
            // The worker makes the exchanges that it needs.
            .WaitFor(worker);

        // Started by hand: biller, upstream and subscriber in one.
        Program(builder, "demo", Programs.Worker)
            .WithArgs("demo")
            .WithServers(database, rabbit)
            .WithExplicitStart()
            .WaitFor(worker);

        foreach (var button in Buttons.All)
        {
            Add(worker, button, database.Resource, rabbit.Resource);
        }
    }

    static void Add(
        IResourceBuilder<ProjectResource> worker, Button button, IResourceWithConnectionString database,
        IResourceWithConnectionString rabbit) =>
        worker.WithCommand(button.Name, button.Text, async context =>
        {
            var command = new WorkerCommand(
                await database.GetConnectionStringAsync(context.CancellationToken),
                await rabbit.GetConnectionStringAsync(context.CancellationToken));
            var log = context.Services.GetRequiredService<ResourceLoggerService>()
                .GetLogger(context.ResourceName);
            return await command.RunAsync(button.Arguments, log, context.CancellationToken);
        }, new CommandOptions { Description = $"reversal-worker {string.Join(' ', button.Arguments)}" });

    static IResourceBuilder<ProjectResource> Program(
        IDistributedApplicationBuilder builder, string name, string project) =>
        builder.AddProject(name, project, options => options.ExcludeLaunchProfile = true);

    /// <summary>
    /// Another image than the official one, by the variable that docker-compose.yml has for it: for a machine
    /// that reaches no registry, those of deploy/images.
    /// </summary>
    static IResourceBuilder<T> WithImageNamedBy<T>(this IResourceBuilder<T> server, string variable)
        where T : ContainerResource =>
        server.ApplicationBuilder.Configuration[variable] is { Length: > 0 } image
            ? server.WithImage(image)
            : server;

    static IResourceBuilder<ProjectResource> WithServers(
        this IResourceBuilder<ProjectResource> program,
        IResourceBuilder<IResourceWithConnectionString> database,
        IResourceBuilder<IResourceWithConnectionString> rabbit) =>
        program
            .WithEnvironment("ConnectionStrings__Postgres", database)
            .WithEnvironment("ConnectionStrings__RabbitMq", rabbit)
            .WithKey();

    static IResourceBuilder<ProjectResource> WithKey(this IResourceBuilder<ProjectResource> program) =>
        program.WithEnvironment("Clients__demo__ApiKeys__0", ApiKey);
}
