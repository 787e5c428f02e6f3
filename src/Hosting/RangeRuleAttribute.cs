using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Reversals.Hosting;

/// <summary>The range of an option; both ends belong to it.</summary>
abstract class RangeRuleAttribute(IComparable first, IComparable last) : ValidationAttribute
{
    /// <summary>Another option of the same section, which is the least allowed value; null: none.</summary>
    public string? AtLeast { get; init; }

    /// <summary>Which setting, what is expected, what was found; null: it is in range.</summary>
    internal static string? Problem(string name, IComparable value, IComparable least, IComparable most) =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? string.Create(
                CultureInfo.InvariantCulture, $"{name}: expected {least} to {most}, found {value}")
            : null;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IComparable found
        && Problem(Setting(validationContext), found, First(validationContext.ObjectInstance), last)
            is { } problem
            ? new ValidationResult(problem)
            : ValidationResult.Success;

    /// <summary>The generated code puts a dot between section and option, a setting has a colon.</summary>
    static string Setting(ValidationContext context)
    {
        var dot = context.DisplayName.LastIndexOf('.');
        return $"{context.DisplayName[..dot]}:{context.DisplayName[(dot + 1)..]}";
    }

    /// <summary>Another option that is out of its own range must not make this range an odd one.</summary>
    IComparable First(object options)
    {
        var other = AtLeast is null
            ? first
            : (IComparable)options.GetType().GetProperty(AtLeast)!.GetValue(options)!;
        return other.CompareTo(first) < 0 || other.CompareTo(last) > 0 ? first : other;
    }
}

/// <summary>The range of an option that is a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class BetweenAttribute(int least, int most) : RangeRuleAttribute(least, most)
{
    public int Least => least;

    public int Most => most;
}

/// <summary>The range of an option that is a time, such as <c>00:00:00.010</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class BetweenTimesAttribute(string least, string most) : RangeRuleAttribute(Time(least), Time(most))
{
    public string Least => least;

    public string Most => most;

    static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
