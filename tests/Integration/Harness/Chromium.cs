using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A real Chromium without a window, once for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    const string Variable = "CHROMIUM";

    static readonly string[] Usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("reversal-browser-");
    IBrowser? _browser;

    public async ValueTask InitializeAsync() => _browser = await Puppeteer.LaunchAsync(new LaunchOptions
    {
        ExecutablePath = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? given
            : Usual.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException(
                $"These tests need Chromium: install the package chromium, or set {Variable} to its program"),
        UserDataDir = _profile.FullName,
        Headless = true,
        // Everything runs on the loopback, and a container's root has no sandbox to offer.
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
        ],
    });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
            await _browser.DisposeAsync();
        }

        _profile.Delete(recursive: true);
    }

    /// <summary>A tab that shares nothing with those before it.</summary>
    internal async Task<Visitor> VisitAsync(int port, int width = 1280, bool dark = false)
    {
        var context = await _browser!.CreateBrowserContextAsync();
        var tab = await context.NewPageAsync();
        tab.DefaultTimeout = 20_000;
        tab.DefaultNavigationTimeout = 20_000;
        await tab.SetViewportAsync(new ViewPortOptions { Width = width, Height = 860 });
        await tab.EmulateMediaFeaturesAsync(
        [
            new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = dark ? "dark" : "light" },
        ]);
        return new Visitor(tab, port);
    }
}

/// <summary>Somebody in front of the page.</summary>
sealed class Visitor
{
    readonly int _port;
    readonly List<string> _requests = [];
    readonly List<string> _said = [];

    internal Visitor(IPage tab, int port)
    {
        (Tab, _port) = (tab, port);
        tab.Request += (_, sent) => _requests.Add(sent.Request.Url);
        tab.Console += (_, said) => _said.Add(said.Message.Text);
        tab.PageError += (_, failed) => _said.Add(failed.Message);
        tab.Dialog += async (_, opened) =>
        {
            _said.Add(opened.Dialog.Message);
            await opened.Dialog.Dismiss();
        };
    }

    internal IPage Tab { get; }

    /// <summary>Everything the browser asked for.</summary>
    internal IReadOnlyList<string> Requests => _requests;

    /// <summary>What scripts said, and what the browser complained of.</summary>
    internal IReadOnlyList<string> Said => _said;

    /// <summary>The last answer.</summary>
    internal int Status { get; private set; }

    internal async Task OpenAsync(string path) =>
        Status = (int)(await Tab.GoToAsync($"http://127.0.0.1:{_port}{path}")).Status;

    /// <summary>What can be read on the page.</summary>
    internal Task<string> TextAsync() => Tab.EvaluateExpressionAsync<string>("document.body.innerText");

    internal Task<string> HtmlAsync() => Tab.GetContentAsync();

    internal async Task<IReadOnlyList<string>> TextsAsync(string selector) =>
        await Tab.EvaluateFunctionAsync<string[]>(
            "selector => [...document.querySelectorAll(selector)].map(one => one.innerText.trim())", selector);

    internal Task TypeAsync(string selector, string text) => Tab.TypeAsync(selector, text);

    /// <summary>Clicks the link or button that is called so, and waits for the next page.</summary>
    internal Task ClickAsync(string name, string within = "body") => LeaveAsync(Tab.EvaluateFunctionAsync(
        """
        (name, within) => [...document.querySelector(within).querySelectorAll('a, button')]
            .find(one => one.innerText.trim() === name).click()
        """,
        name, within));

    /// <summary>Waits for the page that comes of this.</summary>
    internal async Task LeaveAsync(Task act)
    {
        // A navigation sometimes ends without its answer at hand, so the answer is waited for as well.
        var answer = Tab.WaitForResponseAsync(got =>
            got.Request.IsNavigationRequest && (int)got.Status is < 300 or >= 400);
        var next = Tab.WaitForNavigationAsync();
        await act;
        await next;
        Status = (int)(await answer).Status;
    }
}
