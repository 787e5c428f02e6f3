using Microsoft.AspNetCore.Http.Features;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Page;

/// <summary>
/// The operator page: a request in, a whole HTML page out. It shows what the commands show, by the same
/// queries, and does what they do.
/// </summary>
sealed class PageEndpoints(
    WorkerOptions options, OperatorServices services, TimeProvider clock, ILogger<PageEndpoints> log)
    : IAsyncDisposable
{
    /// <summary>Room for a note and little more.</summary>
    const long LargestForm = 16 * 1024;

    readonly PageSecurity _security = new(options.Page);
    readonly PageActions _actions = new(services);
    readonly PageErrors _errors = new(options, services, log);

    /// <summary>What the framework does for the page.</summary>
    internal ServiceProvider Framework { get; } = PageServices.Build(options.Page, services.Keys);

    public ValueTask DisposeAsync() => Framework.DisposeAsync();

    /// <summary>Everything that comes in through the page's port.</summary>
    internal async Task AnswerAsync(HttpContext context)
    {
        context.User = FormTokens.Principal(_security.Operator(context.Request));
        PageModel page;
        string html;
        try
        {
            page = _security.Refuse(context.Request) is { } refusal
                ? new NoticeModel(refusal.Status, "Refused", refusal.Why)
                : await RouteAsync(context);
            html = await RenderAsync(context, page);
        }
        catch (Exception error) when (error is not OperationCanceledException
            || !context.RequestAborted.IsCancellationRequested)
        {
            page = _errors.Explain(error, context.Request.Path.Value ?? "");
            html = await RenderAsync(context, page);
        }

        await WriteAsync(context, page.Status, html);
    }

    /// <summary>What the host filter turned away gets a page like any other.</summary>
    internal async Task AnswerUnknownHostAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status400BadRequest })
        {
            var page = new NoticeModel(
                StatusCodes.Status421MisdirectedRequest, "Refused",
                $"This page is not known as {context.Request.Host.Host}. Put the name into Page:Hosts");
            await WriteAsync(context, page.Status, await RenderAsync(context, page));
        }
    }

    Task<string> RenderAsync(HttpContext context, PageModel page) => PageRenderer.RenderAsync(
        Framework,
        page with
        {
            Context = new PageContext
            {
                Operator = _security.Operator(context.Request),
                Now = clock.GetUtcNow().UtcDateTime,
                HasActions = options.Page.Actions,
                Redactor = services.Redactor,
                Token = path => Framework.GetRequiredService<FormTokens>().Of(context, path),
            },
        });

    static Task WriteAsync(HttpContext context, int status, string html)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        PageSecurity.Protect(context.Response.Headers);
        return context.Response.WriteAsync(html, context.RequestAborted);
    }

    async Task<PageModel> RouteAsync(HttpContext context)
    {
        var (request, stop) = (context.Request, context.RequestAborted);
        if (Input.Problem(request) is { } problem)
        {
            return PageErrors.Wrong(problem);
        }

        string[] path = request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return (request.Method, path) switch
        {
            ("GET", []) => await OverviewAsync(request, stop),
            ("GET", ["show"]) => await ShowAsync(Value(request, "reference"), stop),
            ("GET", ["quarantine"]) => await ListAsync(request, stop),
            ("GET", ["quarantine", var id]) => await MessageAsync(id, stop),
            ("GET", ["audit"]) =>
                new AuditModel { Actions = await services.Audit.ListAsync(AuditModel.Most, stop) },
            ("POST", ["quarantine", ..] or ["pause" or "resume"]) => await ActAsync(context, path, stop),
            _ => PageErrors.Nothing($"There is no page {request.Path}"),
        };
    }

    async Task<PageModel> OverviewAsync(HttpRequest request, CancellationToken stop)
    {
        var queues = services.Queues.ReadAsync();
        return new OverviewModel
        {
            Found = await services.Status.ReadAsync(stop),
            Queues = await queues,
            Actions = await services.Audit.ListAsync(OverviewModel.LatestActions, stop),
            Rates = services.Rates.Read(),
            OutboxAgeLimit = options.Health.OutboxAgeLimit,
            Refreshes = Value(request, "refresh").Length > 0,
        };
    }

    async Task<PageModel> ShowAsync(string reference, CancellationToken stop) =>
        reference.Length is 0 or > ReferenceSearch.Longest
            ? PageErrors.Wrong($"A reference has 1 to {ReferenceSearch.Longest} characters")
            : new ReferenceModel(await services.References.FindAsync(reference, stop));

    async Task<PageModel> ListAsync(HttpRequest request, CancellationToken stop)
    {
        var before = Value(request, "before");
        if (before.Length > 0 && Input.Number(before) is null)
        {
            return PageErrors.Wrong($"before: expected the id of a message, found {before}");
        }

        var filter = new QuarantineFilter
        {
            Cause = Value(request, "cause") is { Length: > 0 } cause ? cause : null,
            All = Value(request, "all").Length > 0,
        };
        return new QuarantineListModel
        {
            Filter = filter,
            Causes = filter.Cause is null ? await services.Quarantine.CausesAsync(stop) : [],
            Dropped = filter.Cause is null ? await services.Quarantine.DroppedAsync(stop) : null,
            Messages = await services.Quarantine.ListAsync(
                filter, QuarantineListModel.Rows, Input.Number(before), stop),
        };
    }

    async Task<PageModel> MessageAsync(string id, CancellationToken stop) =>
        Input.Number(id) is not { } number ? PageErrors.Wrong($"The id of a message is a number, found {id}")
            : await services.Quarantine.FindAsync(number, stop) is { } message
                ? new QuarantineMessageModel(message)
            : PageErrors.Nothing($"There is no message {id} in the quarantine");

    async Task<PageModel> ActAsync(HttpContext context, string[] path, CancellationToken stop)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = LargestForm;
        }

        var form = await context.Request.ReadFormAsync(stop);
        if (Input.Problem(form) is { } problem)
        {
            return PageErrors.Wrong(problem);
        }

        if (!await Framework.GetRequiredService<FormTokens>().FitsAsync(context))
        {
            return new NoticeModel(
                StatusCodes.Status403Forbidden, "Refused",
                "The form was not made for you by this page, or long ago. "
                    + "Go back, load it again and send it once more");
        }

        var who = _security.Operator(context.Request)!;
        return path switch
        {
            ["pause"] => await _actions.PauseAsync(form, who, stop),
            ["resume"] => await _actions.ResumeAsync(form, who, stop),
            [_, "replay"] => await _actions.ReplayCauseAsync(form, who, stop),
            [_, var id, "replay"] when Input.Number(id) is { } number =>
                await _actions.ReplayAsync(number, form, who, stop),
            [_, var id, "discard"] when Input.Number(id) is { } number =>
                await _actions.DiscardAsync(number, form, who, stop),
            _ => PageErrors.Nothing($"There is no action {context.Request.Path}"),
        };
    }

    static string Value(HttpRequest request, string name) => request.Query[name].ToString().Trim();
}
