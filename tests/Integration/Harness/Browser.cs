using System.Diagnostics;
using PuppeteerSharp;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A real Chromium without a window, once for all tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
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
    internal async Task<IPage> NewTabAsync(int width = 1280, int height = 860, bool dark = false)
    {
        var context = await _browser!.CreateBrowserContextAsync();
        var tab = await context.NewPageAsync();
        tab.DefaultTimeout = 20_000;
        await tab.SetViewportAsync(new ViewPortOptions { Width = width, Height = height });
        await tab.EmulateMediaFeaturesAsync(
        [
            new() { MediaFeature = PuppeteerSharp.Media.MediaFeature.PrefersColorScheme, Value = dark ? "dark" : "light" },
        ]);
        return tab;
    }
}
