-- Its number is far above a biller's own, which are given from 1 on and must not meet it.
WITH found AS (
    SELECT id FROM billing.bill WHERE client_id = $1::text AND hash = 'x24da1dF'
), added AS (
    INSERT INTO billing.bill (
        id, client_id, hash, va_number, invoice_number, type, name,
        customer_name, customer_email, customer_phone, customer_address,
        total_amount, billed_amount, paid_amount, status, description, ext_description,
        valid_until, created_at, components, additional_data)
    SELECT greatest((SELECT max(id) FROM billing.bill), 9000000000000000) + 1,
        $1::text, 'x24da1dF', $2::text, 'INV-2022-01', 'open', 'SPP Bulan Januari',
        'John Doe', 'john.doe@example.com', '+621234567890', 'Surabaya, Indonesia',
        100000, 100000, 0, 'active', 'Pembayaran SPP Bulan Januari', '-',
        '2022-04-05T13:32:08+07:00', '2022-04-04T06:32:08+07:00',
        '[{"id": "95f5c77f-79de-4c12-a151-ef7c68e9b7d2", "name": "SPP Januari", "qty": "1",
           "price": "100000", "total": "100000"}]',
        '[{"key": "class", "label": "Kelas / Angkatan", "value": "8A"}]'
    WHERE NOT EXISTS (SELECT 1 FROM found)
    RETURNING id
)
SELECT id FROM found UNION ALL SELECT id FROM added
