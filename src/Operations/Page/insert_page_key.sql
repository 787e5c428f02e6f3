INSERT INTO reversals.page_key (name, xml) VALUES ($1::text, $2::text)
