SELECT count(*) FROM billing.payment WHERE bill_id = @billId
