namespace Reversals.Operations.Page;

/// <summary>A page that says why there is nothing else on it.</summary>
sealed record NoticeModel(int Code, string Heading, string Text) : PageModel
{
    internal override Type View => typeof(NoticeView);

    internal override string Title => Heading;

    internal override int Status => Code;
}
