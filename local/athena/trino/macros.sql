-- Functions that the engine lacks and that one expression of its own explains. A query's connection gets those that it
-- uses. fail(message) ends the query: see functions/failing.py.

-- Numbers

CREATE MACRO divided(a, b) AS
    CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE a // b END;

CREATE MACRO modulo(a, b) AS
    CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE a % b END;

CREATE MACRO interval_multiplied(a, b) AS
    CASE WHEN isnan(b) THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot multiply by double NaN')
    ELSE CAST(trunc(a * b) AS BIGINT)
    END;

CREATE MACRO interval_divided(a, b) AS
    CASE WHEN isnan(b) THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot divide by double NaN')
    WHEN b = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot divide by double 0.0')
    ELSE CAST(trunc(a / b) AS BIGINT)
    END;

CREATE MACRO whole(a, factor) AS CAST(a * factor AS HUGEINT);

-- Of whole numbers, rounded half away from zero.
CREATE MACRO quotient(a, b) AS
    CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero')
    ELSE CASE WHEN (a < 0) <> (b < 0) THEN -1::HUGEINT ELSE 1::HUGEINT END
        * ((abs(a) * 2 + abs(b)) // (abs(b) * 2))
    END;

CREATE MACRO to_real(a) AS
    CASE WHEN a IS NOT NULL
    THEN coalesce(TRY_CAST(a AS FLOAT), CAST(CASE WHEN a > 0 THEN 'Infinity' ELSE '-Infinity' END AS FLOAT))
    END;

CREATE MACRO round_decimal(a, digits) AS round(a, CAST(digits AS INTEGER));

CREATE MACRO truncate_decimal(a, digits) AS trunc(a, CAST(digits AS INTEGER));

-- Texts

CREATE MACRO blanks() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13);

CREATE MACRO cut(a, start, size) AS
    CASE WHEN start IS NULL OR size IS NULL THEN NULL
    WHEN start = 0 OR size <= 0 OR abs(start) > length(a) THEN ''
    ELSE substr(a, CASE WHEN start < 0 THEN length(a) + start + 1 ELSE start END, least(size, length(a)))
    END;

CREATE MACRO padded(side, a, size, pad) AS
    CASE WHEN size < 0 OR size > 2147483647
    THEN fail('INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]')
    WHEN pad = '' THEN fail('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty')
    WHEN side = 'lpad' THEN lpad(a, CAST(size AS INTEGER), pad)
    ELSE rpad(a, CAST(size AS INTEGER), pad)
    END;

CREATE MACRO parts(a, sign) AS
    CASE WHEN sign = '' THEN fail('INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string')
    ELSE string_split(a, sign)
    END;

CREATE MACRO part(a, sign, place) AS
    CASE WHEN place <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
    WHEN sign = '' THEN CASE WHEN place <= length(a) THEN substr(a, place, 1) END
    ELSE string_split(a, sign)[place]
    END;

-- What is left without pairs of the escape character and a sign that it may stand before.
CREATE MACRO without_escapes(pattern, sign) AS
    replace(replace(replace(pattern, sign || sign, ''), sign || '%', ''), sign || '_', '');

CREATE MACRO escaped_pattern(pattern, sign) AS
    CASE WHEN len(sign) = 1 AND contains(without_escapes(pattern, sign), sign)
    THEN fail('INVALID_FUNCTION_ARGUMENT: Escape character must be followed by ''%'', ''_'' or the escape character itself')
    ELSE pattern
    END;

-- Texts that become other values; NULL for a text that is not one

CREATE MACRO text_to_tinyint(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN a END AS TINYINT);

CREATE MACRO text_to_smallint(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN a END AS SMALLINT);

CREATE MACRO text_to_integer(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN a END AS INTEGER);

CREATE MACRO text_to_bigint(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN a END AS BIGINT);

CREATE MACRO text_to_number(a) AS
    CASE WHEN regexp_full_match(a, '\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*') THEN trim(a) END;

CREATE MACRO text_below(a, most) AS
    CASE WHEN contains(lower(a), 'e') AND abs(TRY_CAST(a AS DOUBLE)) >= most THEN NULL ELSE text_to_number(a) END;

CREATE MACRO text_of_double(a) AS
    CASE WHEN regexp_full_match(a, '\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*')
    THEN trim(a)
    END;

CREATE MACRO text_to_double(a) AS TRY_CAST(text_of_double(a) AS DOUBLE);

CREATE MACRO text_to_real(a) AS TRY_CAST(text_of_double(a) AS FLOAT);

CREATE MACRO text_to_boolean(a) AS
    CASE WHEN lower(a) IN ('true', 't', '1') THEN true WHEN lower(a) IN ('false', 'f', '0') THEN false END;

CREATE MACRO text_to_date(a) AS
    TRY_CAST(CASE WHEN regexp_full_match(a, '\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*') THEN trim(a) END AS DATE);

CREATE MACRO text_as_date(a) AS
    coalesce(text_to_date(a),
        CASE WHEN a IS NOT NULL THEN fail('INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || a) END);

CREATE MACRO with_seconds(a) AS
    CASE WHEN regexp_full_match(a, '(.* )?[0-9]{1,2}:[0-9]{1,2}') THEN a || ':00' ELSE a END;

-- The engine cuts a text to microseconds: the digit after them rounds a time that keeps all of them.
CREATE MACRO beyond_microseconds(a, digits) AS
    to_microseconds(CASE WHEN digits = 6 AND regexp_matches(a, '\.[0-9]{6}[5-9]') THEN 1 ELSE 0 END);

CREATE MACRO text_to_timestamp(a, digits) AS
    CASE WHEN regexp_full_match(
        trim(a), '[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( ([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?)?')
    THEN TRY_CAST(with_seconds(trim(a)) AS TIMESTAMP)
    WHEN regexp_matches(a, '^\s*[0-9]{4,}-') THEN trino_text_to_local(a)
    END + beyond_microseconds(a, digits);

CREATE MACRO text_to_time(a, digits) AS
    TRY_CAST(
        CASE WHEN regexp_full_match(a, '([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?') THEN with_seconds(a) END
        AS TIME) + beyond_microseconds(a, digits);

-- Times

CREATE MACRO timestamp_text(a, digits) AS
    strftime(a, '%Y-%m-%d %H:%M:%S') || CASE WHEN digits = 0 THEN '' ELSE '.' || left(strftime(a, '%f'), digits) END;

CREATE MACRO time_text(a, digits) AS substr(timestamp_text(DATE '1970-01-01' + a, digits), 12);

CREATE MACRO rounded_micros(a, unit) AS a + unit // 2 - (((a + unit // 2) % unit) + unit) % unit;

CREATE MACRO timestamp_rounded(a, digits) AS
    make_timestamp(rounded_micros(epoch_us(a), CAST(10 ** (6 - digits) AS BIGINT)));

CREATE MACRO timestamp_truncated(a) AS make_timestamp(epoch_us(a) - ((epoch_us(a) % 1000) + 1000) % 1000);

CREATE MACRO time_rounded(a, digits) AS
    CAST(make_timestamp(rounded_micros(epoch_us(DATE '1970-01-01' + a), CAST(10 ** (6 - digits) AS BIGINT))) AS TIME);

CREATE MACRO time_truncated(a, unit) AS
    CAST(make_timestamp(epoch_us(DATE '1970-01-01' + a) // unit * unit) AS TIME);

CREATE MACRO from_seconds(a) AS make_timestamp(CAST(round(a * 1000) AS BIGINT) * 1000);

CREATE MACRO whole_days(a) AS
    CASE WHEN a % 86400000 <> 0
    THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date')
    ELSE a // 86400000
    END;

CREATE MACRO date_moved(a, step) AS a + CAST(whole_days(step) AS INTEGER);

CREATE MACRO day_number(a) AS a - DATE '1970-01-01';

-- Times with a zone

CREATE MACRO zoned(a, name) AS
    CASE WHEN a IS NOT NULL AND name IS NOT NULL THEN struct_pack("at" := a, "zone" := name) END;

-- Cast, because the engine knows no type of what it takes from a constant NULL.
CREATE MACRO instant(a) AS CAST((a).at AS TIMESTAMP);

CREATE MACRO zone_id(a) AS CAST((a).zone AS VARCHAR);

CREATE MACRO zoned_rounded(a, digits) AS zoned(timestamp_rounded(instant(a), digits), zone_id(a));

CREATE MACRO offset_minutes(name) AS
    (CASE WHEN name[1] = '-' THEN -1 ELSE 1 END) * (CAST(name[2:3] AS INTEGER) * 60 + CAST(name[5:6] AS INTEGER));

CREATE MACRO local_time(a) AS
    CASE WHEN zone_id(a) = 'UTC' THEN instant(a)
    WHEN zone_id(a)[1] IN ('+', '-') THEN instant(a) + to_minutes(offset_minutes(zone_id(a)))
    ELSE timezone(zone_id(a), timezone('UTC', instant(a)))
    END;

CREATE MACRO to_utc(a, name) AS
    CASE WHEN name = 'UTC' THEN a
    WHEN name[1] IN ('+', '-') THEN a - to_minutes(offset_minutes(name))
    ELSE timezone('UTC', timezone(name, a))
    END;

CREATE MACRO zone_of_interval(a) AS
    CASE WHEN a % 60000 <> 0
    THEN fail('INVALID_FUNCTION_ARGUMENT: Invalid time zone offset interval: interval contains seconds')
    WHEN abs(a) > 50400000
    THEN fail('INVALID_FUNCTION_ARGUMENT: Invalid offset minutes ' || CAST(a // 60000 AS VARCHAR))
    ELSE trino_offset(0, a // 60000)
    END;

CREATE MACRO zoned_text(a, digits) AS timestamp_text(local_time(a), digits) || ' ' || zone_id(a);

CREATE MACRO zone_minutes(a) AS date_sub('minute', instant(a), local_time(a));

-- Arrays

CREATE MACRO arrays_joined(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_concat(a, b) END;

CREATE MACRO subscript(a, place) AS
    CASE WHEN place = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
    WHEN place < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || CAST(place AS VARCHAR))
    WHEN place > len(a) THEN fail(
        'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
        || CAST(place AS VARCHAR) || ' > ' || CAST(len(a) AS VARCHAR))
    ELSE a[place]
    END;

CREATE MACRO element(a, place) AS
    CASE WHEN place = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE a[place] END;

CREATE MACRO sliced(a, start, size) AS
    CASE WHEN size < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: length must be greater than or equal to 0')
    WHEN start = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
    WHEN size = 0 OR abs(start) > len(a) THEN a[1:0]
    WHEN start < 0 THEN a[len(a) + start + 1:least(len(a) + start + size, len(a))]
    ELSE a[start:least(start + size - 1, len(a))]
    END;

CREATE MACRO trimmed(a, size) AS
    CASE WHEN size < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: size must not be negative: ' || CAST(size AS VARCHAR))
    WHEN size > len(a) THEN fail(
        'INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality ' || CAST(len(a) AS VARCHAR) || ': '
        || CAST(size AS VARCHAR))
    ELSE a[1:len(a) - size]
    END;

CREATE MACRO nulls(a) AS len(list_filter(a, lambda y: y IS NULL));

CREATE MACRO distinct_elements(a) AS
    list_filter(a, lambda x, i: CASE WHEN x IS NULL THEN nulls(a[1:i]) = 1 ELSE list_position(a, x) = i END);

CREATE MACRO has_element(a, x) AS CASE WHEN x IS NULL THEN nulls(a) > 0 ELSE list_contains(a, x) END;

CREATE MACRO elements_in(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(a, lambda x: has_element(b, x)) END;

CREATE MACRO elements_not_in(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(a, lambda x: NOT has_element(b, x)) END;

CREATE MACRO contained(a, x) AS
    CASE WHEN a IS NULL OR x IS NULL THEN NULL
    WHEN list_contains(a, x) THEN true
    WHEN nulls(a) > 0 THEN NULL
    ELSE false
    END;

CREATE MACRO overlap(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN list_has_any(a, b) THEN true
    WHEN len(a) > 0 AND len(b) > 0 AND nulls(a) + nulls(b) > 0 THEN NULL
    ELSE false
    END;

CREATE MACRO extreme_element(a, found) AS CASE WHEN nulls(a) > 0 THEN NULL ELSE found END;

CREATE MACRO all_match(found) AS
    CASE WHEN list_contains(found, false) THEN false WHEN nulls(found) > 0 THEN NULL WHEN found IS NOT NULL THEN true END;

CREATE MACRO any_match(found) AS
    CASE WHEN list_contains(found, true) THEN true WHEN nulls(found) > 0 THEN NULL WHEN found IS NOT NULL THEN false END;

CREATE MACRO none_match(found) AS NOT any_match(found);

CREATE MACRO holds_sequence(a, b) AS
    len(b) = 0
    OR len(list_filter(range(1, len(a) - len(b) + 2), lambda i: a[i:i + len(b) - 1] = b)) > 0;

CREATE MACRO ngrams(a, size) AS
    CASE WHEN size <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: N must be positive')
    WHEN len(a) <= size THEN [a]
    ELSE list_transform(range(1, len(a) - size + 2), lambda i: a[i:i + size - 1])
    END;

CREATE MACRO steps(start, stop, step) AS
    CASE WHEN step = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: step must not be zero')
    WHEN (stop - start) * sign(step) < 0 THEN fail(
        'INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is '
        || 'greater than zero otherwise stop should be less than or equal to start')
    WHEN abs((stop - start) // step) >= 10000 THEN fail(
        'INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries')
    ELSE CAST((stop - start) // step AS BIGINT)
    END;

CREATE MACRO one_way(start, stop) AS CASE WHEN start <= stop THEN 1 ELSE -1 END;

CREATE MACRO month_series(start, stop, step) AS
    list_transform(
        generate_series(0, steps(0, date_sub('month', start, stop), step)),
        lambda i: start + to_months(CAST(i * step AS INTEGER)));

CREATE MACRO time_series(start, stop, step) AS
    list_transform(
        generate_series(0, steps(epoch_us(start), epoch_us(stop), step * 1000)),
        lambda i: start + to_milliseconds(i * step));

CREATE MACRO list_zipped(a, b) AS flatten(list_transform(range(1, len(a) + 1), lambda i: [a[i], b[i]]));

CREATE MACRO known_elements(a) AS list_filter(a, lambda x: x IS NOT NULL);

-- The sorted value at rank floor(share * count).
CREATE MACRO at_share(a, share) AS
    CASE WHEN share >= 0 AND share <= 1 THEN a[least(CAST(floor(share * len(a)) AS BIGINT), len(a) - 1) + 1]
    ELSE fail('INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1')
    END;

CREATE MACRO percentile(a, share) AS
    list_transform([list_sort(known_elements(a))], lambda s: CASE WHEN len(s) > 0 THEN at_share(s, share) END)[1];

CREATE MACRO percentiles(a, shares) AS
    list_transform([struct_pack(s := list_sort(known_elements(a)), shares := shares)], lambda q: CASE WHEN len((q).s) > 0
        THEN list_transform((q).shares, lambda share: at_share((q).s, share))
        END)[1];

CREATE MACRO list_histogram(a) AS
    map(distinct_elements(known_elements(a)),
        list_transform(
            distinct_elements(known_elements(a)),
            lambda x: CAST(len(list_filter(a, lambda y: y = x)) AS BIGINT)));

-- Maps

CREATE MACRO map_subscript(a, name, shown) AS
    CASE WHEN a IS NOT NULL AND name IS NOT NULL AND NOT map_contains(a, name)
    THEN fail('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || shown)
    ELSE a[name]
    END;

CREATE MACRO new_map(names, held) AS
    CASE WHEN len(names) <> len(held)
    THEN fail('INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length')
    WHEN nulls(names) > 0 THEN fail('INVALID_FUNCTION_ARGUMENT: map key cannot be null')
    WHEN len(list_distinct(names)) <> len(names)
    THEN fail('INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed')
    WHEN names IS NOT NULL AND held IS NOT NULL THEN map(names, held)
    END;

CREATE MACRO map_merged(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN map_concat(a, b) END;

CREATE MACRO histogram_map(a) AS map(map_keys(a), list_transform(map_values(a), lambda x: CAST(x AS BIGINT)));

-- Entries are structs of a key k and a value v.
CREATE MACRO entries_of(a) AS list_transform(a, lambda e: struct_pack(k := (e).key, v := (e).value));

CREATE MACRO entry_keys(entries) AS list_transform(entries, lambda e: (e).k);

CREATE MACRO known_entries(entries) AS list_filter(entries, lambda e: (e).k IS NOT NULL);

-- Maps of a group's entries, NULL if there are none. The list is bound to a name first: the engine fails on an aggregate
-- whose own arguments have a lambda if it is repeated inside of another.
CREATE MACRO first_entries(entries) AS
    list_transform([known_entries(entries)], lambda a: CASE WHEN len(a) > 0
        THEN map_from_entries(list_filter(a, lambda e, i: list_position(entry_keys(a), (e).k) = i))
        END)[1];

CREATE MACRO values_of(entries, name) AS
    list_transform(list_filter(entries, lambda e: (e).k = name), lambda e: (e).v);

CREATE MACRO multimap(entries) AS
    list_transform([known_entries(entries)], lambda a: CASE WHEN len(a) > 0
        THEN map(distinct_elements(entry_keys(a)),
            list_transform(distinct_elements(entry_keys(a)), lambda name: values_of(a, name)))
        END)[1];

CREATE MACRO distinct_multimap(entries) AS
    list_transform([multimap(entries)], lambda m:
        map(map_keys(m), list_transform(map_values(m), lambda v: distinct_elements(v))))[1];
