using Microsoft.AspNetCore.Http.Features;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Operations.Page;

/// <summary>
/// The page for people on duty: a request in, a whole HTML page out. It shows what the verbs show, by the
/// same questions, and does what they do.
/// </summary>
sealed class PageEndpoints(
    WorkerOptions options, OperatorServices desks, TimeProvider clock, ILogger<PageEndpoints> log)
{
    /// <summary>Room for a note and little more.</summary>
    const long LargestForm = 16 * 1024;

    readonly PageSecurity _guard = new(options.Page);
    readonly Actions _actions = new(desks);

    /// <summary>Everything that comes in through the page's port.</summary>
    internal async Task AnswerAsync(HttpContext context)
    {
        PageSecurity.Protect(context.Response.Headers);
        var now = clock.GetUtcNow().UtcDateTime;
        var leaf = _guard.Refuse(context.Request) is { } refusal
            ? Plain(refusal.Status, "Refused", refusal.Why)
            : await ReadAsync(context, now);
        var html = Layout.Around(leaf, options.Page, _guard.Operator(context.Request), now).ToString();
        context.Response.StatusCode = leaf.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }

    async Task<PageModel> ReadAsync(HttpContext context, DateTime now)
    {
        try
        {
            return await RouteAsync(context, now);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (error is BadHttpRequestException or InvalidDataException)
        {
            return Plain(StatusCodes.Status400BadRequest, "Refused", "The form cannot be read");
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            return Wrong($"PostgreSQL cannot read what was asked for: {error.MessageText}");
        }
        catch (NpgsqlException error)
        {
            return Plain(
                StatusCodes.Status503ServiceUnavailable,
                error is PostgresException ? "PostgreSQL refuses this" : "PostgreSQL does not answer",
                $"{desks.Address}: {Database.Explain(error)}");
        }
        catch (Exception error) when (error
            is RabbitMQClientException or OperationCanceledException or IOException)
        {
            return Plain(
                StatusCodes.Status503ServiceUnavailable, "RabbitMQ does not answer",
                $"{BrokerConnection.Address(options.Broker)}: {BrokerConnection.Explain(error)}");
        }
        catch (Exception error)
        {
            Log.PageFailed(log, context.Request.Path, error);
            return Plain(
                StatusCodes.Status500InternalServerError, "This page failed",
                "The error is in the worker's log, as PageFailed");
        }
    }

    async Task<PageModel> RouteAsync(HttpContext context, DateTime now)
    {
        var (request, stop) = (context.Request, context.RequestAborted);
        if (Input.Problem(request) is { } problem)
        {
            return Wrong(problem);
        }

        string[] path = request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return (request.Method, path) switch
        {
            ("GET", []) => await OverviewAsync(request, stop),
            ("GET", ["show"]) => await ShowAsync(Value(request, "reference"), now, stop),
            ("GET", ["quarantine"]) => await ListAsync(request, now, stop),
            ("GET", ["quarantine", var id]) => await MessageAsync(request, id, now, stop),
            ("GET", ["audit"]) => AuditView.Of(await desks.Audit.ListAsync(AuditView.Most, stop)),
            ("POST", ["quarantine", ..]) => await ActAsync(context, path, stop),
            _ => Nothing($"There is no page {request.Path}"),
        };
    }

    async Task<PageModel> OverviewAsync(HttpRequest request, CancellationToken stop)
    {
        var queues = desks.Queues.ReadAsync();
        return Overview.Of(
            new OverviewModel
            {
                Status = await desks.Board.ReadAsync(stop),
                Queues = await queues,
                Actions = await desks.Audit.ListAsync(Overview.LatestActions, stop),
                Paces = desks.Rates.Read(),
                OutboxAgeLimit = options.Health.OutboxAgeLimit,
            },
            refreshes: Value(request, "refresh").Length > 0);
    }

    async Task<PageModel> ShowAsync(string sought, DateTime now, CancellationToken stop) =>
        sought.Length is 0 or > ReferenceSearch.Longest
            ? Wrong($"A reference has 1 to {ReferenceSearch.Longest} characters")
            : ReferenceView.Of(await desks.References.FindAsync(sought, stop), desks.Mask, now);

    async Task<PageModel> ListAsync(HttpRequest request, DateTime now, CancellationToken stop)
    {
        var before = Value(request, "before");
        if (before.Length > 0 && Input.Number(before) is null)
        {
            return Wrong($"before: expected the id of a message, found {before}");
        }

        var filter = new QuarantineFilter
        {
            Cause = Value(request, "cause") is { Length: > 0 } cause ? cause : null,
            All = Value(request, "all").Length > 0,
        };
        var causes = filter.Cause is null ? await desks.Quarantine.CausesAsync(stop) : [];
        var page = await desks.Quarantine.ListAsync(
            filter, QuarantineView.Rows, Input.Number(before), stop);
        return View(request, now).List(filter, causes, page);
    }

    async Task<PageModel> MessageAsync(
        HttpRequest request, string id, DateTime now, CancellationToken stop) =>
        Input.Number(id) is not { } number ? Wrong($"The id of a message is a number, found {id}")
            : await desks.Quarantine.FindAsync(number, stop) is { } message
                ? View(request, now).Message(message)
            : Nothing($"There is no message {id} in the quarantine");

    QuarantineView View(HttpRequest request, DateTime now) =>
        new(desks.Mask, options.Page.Actions, path => _guard.Token(request, path), now);

    async Task<PageModel> ActAsync(HttpContext context, string[] path, CancellationToken stop)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = LargestForm;
        }

        var form = await request.ReadFormAsync(stop);
        return Input.Problem(form) is { } problem ? Wrong(problem)
            : !_guard.HasToken(request, form)
            ? Plain(
                StatusCodes.Status403Forbidden, "Refused",
                "The form is not of this worker as it runs now. Go back, load it again and send it once more")
            : path switch
            {
                [_, "replay"] => await _actions.ReplayCauseAsync(form, _guard.Operator(request)!, stop),
                [_, var id, "replay"] when Input.Number(id) is { } number =>
                    await _actions.ReplayAsync(number, form, _guard.Operator(request)!, stop),
                [_, var id, "discard"] when Input.Number(id) is { } number =>
                    await _actions.DiscardAsync(number, form, _guard.Operator(request)!, stop),
                _ => Nothing($"There is no action {request.Path}"),
            };
    }

    static string Value(HttpRequest request, string name) => request.Query[name].ToString().Trim();

    static PageModel Nothing(string why) => Plain(StatusCodes.Status404NotFound, "Nothing here", why);

    static PageModel Wrong(string why) => Plain(StatusCodes.Status400BadRequest, "This cannot be asked", why);

    static PageModel Plain(int status, string title, string why) => new()
    {
        Status = status,
        Title = title,
        Content = $"""<div class="notice bad"><p>{why}.</p></div><p><a href="/">To the overview</a></p>""",
    };
}
