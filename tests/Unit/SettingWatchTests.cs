using Microsoft.Extensions.Configuration;

namespace Reversals.Tests.Unit;

/// <summary>A change is in force once two looks found it, and a bad one keeps what was before.</summary>
public sealed class SettingWatchTests
{
    const string Key = "Clients:acme:ApiKeys:0";

    readonly Dictionary<string, string?> _files = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ConnectionStrings:Postgres"] = "Host=db;Username=worker;Password=pg-s3cr3t;Database=billing",
        ["ConnectionStrings:RabbitMq"] = "amqp://worker:mq-s3cr3t@broker:5672/",
        [Key] = "the-first-key",
    };

    readonly HandClock _clock = new();
    readonly List<string> _told = [];
    readonly LiveSettings<WorkerOptions> _settings;
    readonly SettingWatch<WorkerOptions> _watch;
    string? _unreadable;

    public SettingWatchTests()
    {
        _settings = new LiveSettings<WorkerOptions>(WorkerConfiguration.Read(Source()));
        _watch = new SettingWatch<WorkerOptions>(
            Source(), new SettingSource(Source), WorkerConfiguration.Live, _clock)
        {
            Read = WorkerConfiguration.Read,
            Apply = (read, changed) =>
            {
                _settings.Replace(read);
                _told.Add($"applied {string.Join(' ', changed)}");
            },
            Refuse = problem => _told.Add($"refused {problem}"),
            AskForRestart = changed => _told.Add($"restart {string.Join(' ', changed)}"),
        };
    }

    string Current => _settings.Current.Clients["acme"].ApiKeys[0];

    [Fact]
    public void What_stays_the_same_is_not_told()
    {
        Look(5);
        _told.ShouldBeEmpty();
        _watch.State.Problem.ShouldBeNull();
    }

    [Fact]
    public void A_change_is_in_force_with_the_second_look_and_not_with_the_first()
    {
        var before = _watch.State.Mark;
        _files[Key] = "the-second-key";
        Look();
        Current.ShouldBe("the-first-key");
        Look();
        Current.ShouldBe("the-second-key");
        _told.ShouldBe([$"applied {Key}"]);
        _watch.State.Mark.Equals(before, StringComparison.Ordinal).ShouldBeFalse();
        Look(5);
        _told.Count.ShouldBe(1);
    }

    [Fact]
    public void A_file_that_is_being_written_is_waited_for()
    {
        foreach (var part in (string[])["", "the-sec", "the-second-k", "the-second-key"])
        {
            _files[Key] = part;
            Look();
        }

        Look();
        _told.ShouldBe([$"applied {Key}"]);
        Current.ShouldBe("the-second-key");
    }

    [Theory]
    [InlineData(Key, "short")]
    [InlineData("Clients:acme:ApiKey", "another-key-s3cr3t")]
    [InlineData("Batching:Limit", "-1")]
    [InlineData("Events:NextSigningKey", "s3cr3t-without-a-first")]
    public void A_bad_change_keeps_what_was_and_is_told_until_it_is_mended(string setting, string value)
    {
        var before = _files.GetValueOrDefault(setting);
        _files[setting] = value;
        Look(2);
        Current.ShouldBe("the-first-key");
        _told.ShouldHaveSingleItem().ShouldStartWith($"refused {setting}");
        _told[0].ShouldNotContain("s3cr3t");
        _watch.State.Problem.ShouldNotBeNull();

        Look(10);
        _told.Count.ShouldBe(1);
        _clock.Pass(60);
        Look();
        _told.Count.ShouldBe(2, "what lasts is told again");

        _ = before is null ? _files.Remove(setting) : (_files[setting] = before) is null;
        Look(2);
        _watch.State.Problem.ShouldBeNull();
        _told[^1].ShouldBe("applied ");
    }

    [Fact]
    public void A_source_that_cannot_be_read_keeps_what_was()
    {
        _unreadable = "appsettings.json: expected settings as one JSON object; line 3 is not of this form";
        Look(2);
        _told.ShouldBe([$"refused {_unreadable}"]);
        Current.ShouldBe("the-first-key");
    }

    [Fact]
    public void What_only_a_restart_puts_in_force_is_named_and_the_rest_is_in_force()
    {
        _files["Batching:Limit"] = "7";
        _files[Key] = "the-second-key";
        Look(2);
        _told.ShouldBe([$"applied {Key}", "restart Batching:Limit"]);
        _watch.State.Problem.ShouldBe("only a restart puts in force what was changed: Batching:Limit");
    }

    [Fact]
    public void What_needs_a_restart_is_named_until_it_is_put_back()
    {
        _files["Batching:Limit"] = "7";
        Look(2);
        _files[Key] = "the-second-key";
        Look(2);
        _watch.State.Problem.ShouldBe("only a restart puts in force what was changed: Batching:Limit");

        _files.Remove("Batching:Limit");
        Look(2);
        _watch.State.Problem.ShouldBeNull();
        Current.ShouldBe("the-second-key");
    }

    [Fact]
    public void The_mark_is_that_of_the_clients_and_keys_and_no_secret_is_in_it()
    {
        var mark = _watch.State.Mark;
        mark.Length.ShouldBe(16);
        _files["Health:Port"] = "8099";
        SettingSnapshot.Take<WorkerOptions>(Source).MarkOf(WorkerConfiguration.Live).ShouldBe(mark);
        _files["Clients:acme:MaxPending"] = "5";
        SettingSnapshot.Take<WorkerOptions>(Source).MarkOf(WorkerConfiguration.Live)
            .Equals(mark, StringComparison.Ordinal).ShouldBeFalse();
    }

    [Fact]
    public void What_is_made_of_settings_is_made_once_for_each()
    {
        var made = 0;
        var live = _settings.Make(of => $"{of.Clients.Count} {++made}");
        live.Value.ShouldBe("1 1");
        live.Value.ShouldBe("1 1");
        _settings.Replace(new WorkerOptions());
        live.Value.ShouldBe("0 2");
    }

    [Fact]
    public void A_client_that_is_gone_keeps_its_policy_for_what_is_in_flight()
    {
        var options = new WorkerOptions();
        options.Clients["acme"] = new ClientOptions { ReversalWindow = TimeSpan.FromHours(2) };
        var settings = new LiveSettings<WorkerOptions>(options);
        var policies = new ClientPolicies(settings);
        policies.Of("acme").ReversalWindow.ShouldBe(TimeSpan.FromHours(2));

        var next = new WorkerOptions();
        next.Clients["globex"] = new ClientOptions();
        settings.Replace(next);

        policies.Configured.Keys.ShouldBe(["globex"]);
        policies.Of("acme").ReversalWindow.ShouldBe(TimeSpan.FromHours(2));
    }

    IConfigurationRoot Source() => _unreadable is { } problem
        ? throw new ConfigurationException([problem])
        : new ConfigurationBuilder().AddInMemoryCollection(_files).Build();

    void Look(int times = 1)
    {
        for (var time = 0; time < times; time++)
        {
            _watch.Look();
        }
    }
}
