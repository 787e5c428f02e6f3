using System.Collections;
using System.ComponentModel;
using System.Reflection;

namespace Reversals.Hosting;

/// <summary>A setting that no option can take.</summary>
sealed record SettingError
{
    public required string Path { get; init; }

    public required string Problem { get; init; }

    /// <summary>A single value stands where a list belongs.</summary>
    public bool IsOfList { get; init; }
}

/// <summary>
/// Compares what is configured with what can be configured, before the binder does: the binder keeps silent
/// about settings it does not know, leaves out entries it cannot read, and prints what it complains of.
/// </summary>
static class ConfigurationSchema
{
    internal static IEnumerable<SettingError> Misfits(IConfiguration configuration, Type options) =>
        // The top level is shared with every environment variable of the machine.
        options.GetProperties()
            .SelectMany(property => In(configuration.GetSection(property.Name), property.PropertyType));

    static IEnumerable<SettingError> In(IConfigurationSection section, Type type)
    {
        if (typeof(IDictionary).IsAssignableFrom(type))
        {
            return section.GetChildren().SelectMany(entry => InSection(entry, type.GenericTypeArguments[1]));
        }

        if (type == typeof(IReadOnlyList<string>))
        {
            // A single value may be a secret and is not shown.
            return section.Value is null
                ? section.GetChildren().SelectMany(Below)
                : [Problem(section, $"expected a list, as {section.Path}:0; found a single value")
                    with { IsOfList = true }];
        }

        return type.Namespace?.StartsWith(nameof(Reversals), StringComparison.Ordinal) == true
            ? section.GetChildren().SelectMany(child => OfSetting(child, type))
            : OfValue(section, Nullable.GetUnderlyingType(type) ?? type).Concat(Below(section));
    }

    /// <summary>A client that is a single value has no settings, and would silently not be there.</summary>
    static IEnumerable<SettingError> InSection(IConfigurationSection section, Type type)
    {
        var known = string.Join(", ", type.GetProperties().Select(option => option.Name));
        return section.Value is null
            ? In(section, type)
            : In(section, type).Append(
                Problem(section, $"expected settings below it, {known}; found a single value"));
    }

    /// <summary>Below a value there is nothing.</summary>
    static IEnumerable<SettingError> Below(IConfigurationSection value) =>
        value.GetChildren().Select(
            child => Problem(child, $"no such setting; {value.Path} is a single value"));

    static IEnumerable<SettingError> OfSetting(IConfigurationSection setting, Type type)
    {
        const BindingFlags options = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;
        if (type.GetProperty(setting.Key, options) is { } property)
        {
            return In(setting, property.PropertyType);
        }

        if (type == typeof(LoggingOptions))
        {
            // The rest of this section is ASP.NET's, and platforms set it for every program.
            return [];
        }

        var known = string.Join(", ", type.GetProperties().Select(option => option.Name));
        return [Problem(setting, $"no such setting; expected one of {known}")];
    }

    static IEnumerable<SettingError> OfValue(IConfigurationSection setting, Type type)
    {
        if (setting.Value is not { } value || type == typeof(string)
            || (value.Length > 0 && TypeDescriptor.GetConverter(type).IsValid(value)))
        {
            return [];
        }

        var expected = type == typeof(TimeSpan) ? "a time such as 00:00:10"
            : type == typeof(DateTimeOffset) ? "a time such as 2027-06-30T00:00:00Z"
            : type == typeof(bool) ? "true or false"
            : "a number";
        return [Problem(setting, $"expected {expected} ({type.Name}), found '{value}'")];
    }

    static SettingError Problem(IConfigurationSection setting, string text) =>
        new() { Path = setting.Path, Problem = $"{setting.Path}: {text}" };
}
