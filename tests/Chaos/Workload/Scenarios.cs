namespace Reversals.Tests.Chaos.Workload;

/// <summary>The scenarios. Each says how many reversals it comes to.</summary>
sealed partial class Generator
{
    const int ManyCopies = 100;
    const int AmongCopies = 50;

    static readonly string[] Malformed =
    [
        "{", "[]", "null", "{\"payment_ref\":1}", "{\"amount\":1.001,\"reference_id\":\"M-00001\"}",
        "{\"amount\":\"1,00\",\"reference_id\":\"M-00002\"}", "{\"amount\":-5,\"reference_id\":\"M-00003\"}",
        "{\"reference_id\":\"M-00004\",\"reference_id\":\"M-00005\"}", "{}", "{\"reference_id\":\"M-6\"}",
        "{\"reference_id\":\"M-00007\",}", "{\"reference_id\":\"M-00008\",\"virtual_account\":\"12\"}",
        "{\"amount\":1e3,\"reference_id\":\"M-00009\"}", "\u0000", "{\"reference_id\":\"M-\\ud8000\"}",
    ];

    int Plain()
    {
        Requests.Add(Valid());
        return 1;
    }

    Request Valid()
    {
        var payment = Pay();
        return Of("valid", payment, Reference, _chance.Next(2) == 0 || _simple ? payment.Amount : null);
    }

    /// <summary>One request many times at once: two workers get it at the same moment.</summary>
    int Copies()
    {
        var payment = Pay();
        var copies = Copied == 0 ? _mostCopies : _chance.Next(40) == 0 ? ManyCopies : _chance.Next(2, 12);
        Copied = Math.Max(Copied, copies);
        var request = Of("duplicates", payment, Reference, payment.Amount);

        // However many ask for the same, somebody asks for something else meanwhile.
        Requests.AddRange(AtOnce(Enumerable.Range(1, copies).SelectMany(
            copy => (Request[])(copy % AmongCopies == 0 ? [request, Valid()] : [request]))));
        return 1 + (copies / AmongCopies);
    }

    /// <summary>The same again, after a while and spelled in another way.</summary>
    int Again()
    {
        var (payment, reference) = (Pay(), Reference);
        Requests.Add(Spelled());
        _later.Add((Requests.Count + _chance.Next(20, 2000), Spelled()));
        return 1;

        Request Spelled() => Request.Of(
            "repeated", payment.Bill.Client, reference, payment.Ref, payment.Amount, account: null,
            _spelling++);
    }

    /// <summary>The same reference with another content, sometimes at the same moment.</summary>
    int Conflict()
    {
        var bill = Books.Add(Client, "open", 500m, 700m);
        var reference = Reference;
        Request[] both =
        [
            Of("conflict", bill.Payments[0], reference, 500m),
            Of("conflict", bill.Payments[1], reference, 700m),
        ];
        Requests.AddRange(_chance.Next(2) == 0 ? AtOnce(both) : both);
        return 1;
    }

    int Parts()
    {
        var payment = Books.Add(Client, _chance.Next(2) == 0 ? "open" : "partial", 1000m).Payments[0];
        decimal[] parts = [100m, 250.5m, 49.5m, 600m];
        var requests = parts.Select(part => Of("part", payment, Reference, part)).ToArray();
        Requests.AddRange(requests[..3]);
        _later.Add((Requests.Count + 200, requests[3]));
        return parts.Length;
    }

    /// <summary>Different references for the whole of one payment.</summary>
    int Rivals()
    {
        var payment = Pay();
        Requests.AddRange(AtOnce(Enumerable.Range(0, _chance.Next(2, 6))
            .Select(_ => Of("rivals", payment, Reference, payment.Amount))));
        return 1;
    }

    /// <summary>Each alone would be possible; together they would take more than there is.</summary>
    int Exceeding()
    {
        var payment = Books.Add(Client, "open", 1000m).Payments[0];
        Requests.AddRange(AtOnce(
            [Of("exceeding", payment, Reference, 600m), Of("exceeding", payment, Reference, 700m)]));
        return 1;
    }

    int Refused()
    {
        var payment = Books.Add(Client, "close", 1000m).Payments[0];
        Requests.Add(_chance.Next(4) switch
        {
            0 => Request.Of("refused", payment.Bill.Client, Reference, "PAY-unknown", 1000m),
            1 => Of("refused", payment, Reference, 1000.01m),
            2 => Of("refused", payment, Reference, 999m),
            _ => Request.Of("refused", payment.Bill.Client, Reference, payment.Ref, 1000m, "0000000000"),
        });
        return 0;
    }

    /// <summary>A payment of somebody else's.</summary>
    int OfAnother()
    {
        var payment = Books.Add(Client.Acme, "open", 1000m).Payments[0];
        Requests.Add(Request.Of("of-another", Client.Globex, Reference, payment.Ref, 1000m));
        return 0;
    }

    int Forged()
    {
        var payment = Pay();
        var good = Of("forged", payment, Reference, payment.Amount) with { Authentic = false };
        Requests.Add(_chance.Next(5) switch
        {
            0 => good with { Signature = null },
            1 => good with { Signature = Request.Sign(good.Body, "guessed-key") },
            2 => good with { Signature = good.Signature![..^1] },
            3 => good with { ClientId = "nobody" },
            _ => good with { Body = [.. good.Body, (byte)' '] },
        });
        return 0;
    }

    int Broken()
    {
        var body = Malformed[_chance.Next(Malformed.Length)];
        Requests.Add(Request.Raw("malformed", Client, Encoding.UTF8.GetBytes(body)));
        return 0;
    }

    int ByAccount()
    {
        var payment = Pay();
        Requests.Add(Request.Of(
            "by-account", payment.Bill.Client, Reference, paymentRef: null, payment.Amount,
            payment.Bill.Account, _spelling++));
        return 1;
    }

    int Hostile()
    {
        var payment = Pay();
        var good = Of("hostile", payment, Reference, payment.Amount);
        Requests.Add(_chance.Next(3) switch
        {
            0 => Request.Raw("oversize", payment.Bill.Client, new byte[_chance.Next(66_000, 200_000)]),
            1 => good with { Class = "header-bomb", HeaderBytes = _chance.Next(17_000, 90_000) },
            _ => Request.Raw("empty", payment.Bill.Client, []),
        });
        return 0;
    }

    /// <summary>Many payments of one bill at once: their events have an order.</summary>
    int Crowd()
    {
        var bill = Books.Add(Client, "open", Enumerable.Repeat(10m, _chance.Next(3, 12)));
        Requests.AddRange(AtOnce(
            bill.Payments.Select(payment => Of("crowd", payment, Reference, amount: null))));
        return bill.Payments.Count;
    }

    /// <summary>It fails alone, whoever else is in its batch.</summary>
    int FailsAlone()
    {
        var payment = Books.AddUnchangeable(Client, Amount);
        Requests.Add(Of("fails-alone", payment, Reference, payment.Amount));
        return 0;
    }

    /// <summary>A caller that asks a gateway and never again, whatever it is told.</summary>
    int Once()
    {
        var payment = Pay();
        Requests.Add(Of("once", payment, Reference, payment.Amount) with { ByHttp = true, AskedOnce = true });
        return 0;
    }

    /// <summary>Whoever was told by a gateway that there is no such payment is not surprised later.</summary>
    int TooEarly()
    {
        var payment = Books.AddLate(Client, Amount);
        Requests.Add(Of("too-early", payment, Reference, payment.Amount) with { ByHttp = true, Late = payment });
        return 0;
    }

    /// <summary>The reversal comes before its payment.</summary>
    int Early()
    {
        var payment = Books.AddLate(Client, Amount);
        Requests.Add(Of("early", payment, Reference, payment.Amount) with { Late = payment });
        return 1;
    }
}
