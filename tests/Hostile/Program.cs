using System.CommandLine;
using Reversals.Tests.Hostile;
using Reversals.Tests.Hostile.Http;
using Reversals.Tests.Hostile.Running;

const string InCheckout = "../../../";
const string Worker = "../../src/Worker/bin/Release/net10.0/reversal-worker";
const string Gateway = "../../src/Gateway/bin/Release/net10.0/reversal-gateway";
const string OverAmqp = "amqp", OverHttp = "http";
var home = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, InCheckout));

var folders = new Argument<string[]>("folder")
{
    Description = "folders of corpora (default: those that come with it)",
    Arity = ArgumentArity.ZeroOrMore,
};
var all = new Option<bool>("--all")
{
    Description = "every text at every place, signed, unsigned and wrongly signed",
};
var forged = Number("--forged", 10_000, "forged signatures");
var rate = Number("--rate", 500, "hostile messages a second");
var most = Number("--most", 2_000, "lines taken of one file, spread evenly");
var worker = new Option<string>("--worker")
{
    Description = "the worker's executable (default: the release build)",
};
var gateway = new Option<string>("--gateway")
{
    Description = "the gateway's executable (default: the release build)",
};
var over = new Option<string?>("--over") { Description = "amqp or http only" };
over.AcceptOnlyFromAmong(OverAmqp, OverHttp);
var root = new RootCommand("Puts hostile input through a running worker and judges what becomes of it")
{
    folders, all, forged, rate, most, worker, gateway, over,
};
root.SetAction(async (parsed, _) =>
{
    try
    {
        var given = parsed.GetValue(folders) ?? [];
        var options = new HostileOptions
        {
            Folders = given.Length > 0 ? given : [Path.Combine(home, "corpora")],
            All = parsed.GetValue(all),
            Forged = parsed.GetValue(forged),
            Rate = parsed.GetValue(rate),
            Most = parsed.GetValue(most),
            Gateway = Path.GetFullPath(parsed.GetValue(gateway) ?? Path.Combine(home, Gateway)),
            Worker = Path.GetFullPath(parsed.GetValue(worker) ?? Path.Combine(home, Worker)),
        };
        var (postgres, rabbitMq) =
            (Setting("ConnectionStrings__Postgres"), Setting("ConnectionStrings__RabbitMq"));
        var (passed, failed) = parsed.GetValue(over) is OverHttp
            ? (0, 0)
            : await new HostileRun(options, postgres, rabbitMq).RunAsync();
        var (passedToo, failedToo) = parsed.GetValue(over) is OverAmqp
            ? (0, 0)
            : await new HttpRun(options, await Books.BesidesAsync(postgres), rabbitMq).RunAsync();
        Console.WriteLine($"{passed + passedToo} passed, {failed + failedToo} failed");
        return failed + failedToo == 0 ? 0 : 1;
    }
    catch (Exception error)
    {
        // Whatever it was, nothing was judged; what is wrong with the request needs no trace.
        await Console.Error.WriteLineAsync(error is HostileException ? error.Message : error.ToString());
        return 2;
    }
});
var parsed = root.Parse(args);
return parsed.Errors.Count > 0 ? await Usage(parsed) : await parsed.InvokeAsync();

static async Task<int> Usage(ParseResult parsed)
{
    await parsed.InvokeAsync();
    return 2;
}

static Option<int> Number(string name, int usual, string description) =>
    new(name) { Description = description, DefaultValueFactory = _ => usual };

static string Setting(string name) => Environment.GetEnvironmentVariable(name)
    ?? throw new HostileException($"{name} is not set; tests/hostile.sh sets it.");
