namespace Reversals.Tests.Unit;

/// <summary>A source of settings that cannot be read is named like a setting that is wrong.</summary>
public sealed class SettingSourceTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reversal-settings-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_secret_is_what_its_file_holds_without_the_line_ends()
    {
        Write("Clients__acme__ApiKeys__0", "the-key-of-acme\r\n\r\n");
        Write("Clients__acme__ApiKeys__1", "\ufeffanother-key\n");
        var own = SettingSources.Own<WorkerOptions>(SettingSources.Load("/", _folder.FullName));
        own["Clients:acme:ApiKeys:0"].ShouldBe("the-key-of-acme");
        own["Clients:acme:ApiKeys:1"].ShouldBe("another-key", "the mark of an encoding is none of the text");
    }

    [Fact]
    public void A_secret_that_is_not_in_UTF_8_stops_the_start()
    {
        File.WriteAllBytes(
            Path.Combine(_folder.FullName, "Events__SigningKey"),
            Encoding.Latin1.GetBytes("clé-secrète-s3cr3t"));
        var problem = Settings.Problems(
            ("Events:SigningKey", SettingSources.Load("/", _folder.FullName)["Events:SigningKey"]));
        problem.ShouldHaveSingleItem().ShouldContain("in UTF-8; found U+FFFD as character 3");
    }

    [Theory]
    [Each("sec", "./sec", "/no/such/folder", "/etc/passwd", " ")]
    public void A_folder_of_secrets_that_is_none_is_named(string folder) =>
        Should.Throw<ConfigurationException>(() => SettingSources.Load("/", folder)).Message
            .ShouldStartWith(
                "SECRETS_DIR: expected the full path of a folder with a file for each secret, " +
                $"found '{folder}'");

    [Theory]
    [InlineData("{", "line 1 is not of this form")]
    [InlineData("{\"Clients\": {\n\"s3cr3t-k3y\"\n}}", "line 3 is not of this form")]
    [InlineData("[]", "expected settings as one JSON object")]
    [InlineData("", "line 1 is not of this form")]
    [InlineData("{\"a\": 1, \"A\": 2}", "expected settings as one JSON object")]
    public void A_file_of_settings_that_is_no_JSON_is_named(string text, string says)
    {
        Write("appsettings.json", text);
        var problem = Should.Throw<ConfigurationException>(
            () => SettingSources.Load(_folder.FullName, secrets: null));
        problem.Message.ShouldStartWith(Path.Combine(_folder.FullName, "appsettings.json"));
        problem.Message.ShouldContain(says);
        problem.Message.ShouldNotContain("s3cr3t");
    }

    void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
