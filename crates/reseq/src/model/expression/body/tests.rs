use super::*;
use crate::model::ObjectName;

fn read(source: &str) -> Body {
    Body::parse(source).unwrap()
}

fn text(name: &str) -> Argument {
    Argument::Text(ObjectName::parse(name).unwrap())
}

fn arguments(draws: &[Draw]) -> Vec<Argument> {
    draws.iter().map(|draw| draw.argument.clone()).collect()
}

/// Each assignment as `column: what it draws: what it is`.
fn assigned(source: &str) -> Vec<String> {
    let shown = |assignment: &Assignment| {
        let expression = &assignment.expression;
        let drawn: Vec<_> = expression
            .draws()
            .iter()
            .map(|draw| match &draw.argument {
                Argument::Regclass(name) | Argument::Text(name) => name.to_string(),
                other => format!("{other:?}"),
            })
            .collect();
        let made = match expression.mapping() {
            Ok(mapping) => {
                let shape = mapping.text.as_deref().cloned().unwrap_or_default();
                format!("{}{}x+{}{}", shape.prefix, mapping.factor, mapping.offset, shape.suffix)
            }
            Err(error) => error.to_string(),
        };
        format!("{}: {}: {made}", assignment.column, drawn.join(" "))
    };
    read(source).assignments().iter().map(shown).collect()
}

#[test]
fn every_way_to_assign_is_found() {
    for source in [
        "begin new.id := nextval('s'); return new; end",
        "BEGIN\n  IF NEW.id IS NULL THEN\n NEW.ID = nextval('s'::regclass); END IF; RETURN NEW; END;",
        "begin select nextval('s') into new.id; return new; end",
        "begin select nextval('s') as x into strict new.id from pg_class limit 1; return new; end",
        "begin select into new.id nextval('s'); return new; end",
        "begin if tg_op = 'UPDATE' then null; else new.id := (select nextval('s')); end if; return new; end",
        "begin case tg_op when 'INSERT' then new.id := nextval('s'); end case; new.b := 1; return new; end",
        "begin new.id := coalesce(new.id, nextval('s')); return new; end",
        "begin new.id := case when new.id is null then nextval('s') else new.id end; return new; end",
        "<<l>> declare v bigint := nextval('s'); begin new.id := v; return new; end",
        "declare v bigint; begin v := nextval('s'); <<l>> new.id := v; return new; end",
        "declare v constant bigint not null default nextval('s'); begin new.id = v; return new; end",
        "declare n text := 's'; begin new.id := nextval(n); return new; end",
        "declare v bigint; begin loop v := nextval('s'); exit when true; end loop; new.id := v; return new; end",
        "declare r record; begin select nextval('s'), 2 into new.id, r.x; return new; end",
        "begin execute 'select nextval(''s'')' into new.id; return new; end",
        "declare q text := 'select '; begin execute q || 'nextval(''s'')' into new.id; return new; end",
    ] {
        assert_eq!(assigned(source).first().map(String::as_str), Some("id: s: 1x+0"), "{source}");
    }
}

#[test]
fn what_stands_in_comments_literals_and_conditions_assigns_nothing() {
    for source in [
        "begin -- new.id := nextval('s');\n /* new.id := nextval('s'); */ return new; end",
        "begin perform 'new.id := nextval(1);'; return new; end",
        "begin if new.id = nextval('s') then raise notice 'x'; end if; return new; end",
        "begin if old.id := 1 then null; end if; old.id := nextval('s'); return new; end",
    ] {
        assert_eq!(assigned(source), [""; 0], "{source}");
    }
}

#[test]
fn columns_and_expressions_are_given_as_they_are() {
    assert_eq!(
        assigned(
            r#"begin new."Order No" := 'A-' || (1000 + nextval('"My S"."S q"')) || '/x'; return new; end"#
        ),
        [r#"Order No: "My S"."S q": A-1x+1000/x"#],
    );
    assert_eq!(
        assigned("begin new.id := nextval('s'); new.code := 'INV-' || new.id; return new; end"),
        ["id: s: 1x+0", "code: s: INV-1x+0"],
    );
    assert_eq!(
        assigned(
            "begin new.id := nextval(tg_argv[0]); new.b := nextval(tg_table_name || '_seq'); return new; end"
        ),
        ["id: TriggerArgument(0): 1x+0", "b: Dynamic(\"tg_table_name || '_seq'\"): 1x+0"],
    );
    assert_eq!(
        assigned("begin new.code := to_char(now(), 'YYYY-') || nextval('s'); return new; end"),
        ["code: s: the prefix depends on now()"],
    );
}

#[test]
fn what_cannot_be_told_is_said() {
    assert_eq!(
        assigned(
            "declare v int; begin if a then v := nextval('s'); else v := nextval('t') * 2; end if; new.id := v; end"
        ),
        ["id: s t: there are 2 nextval() calls in it"],
    );
    assert_eq!(
        assigned("declare v int := 0; begin v := nextval('s'); new.id := v; end"),
        ["id: s: v (a variable that is assigned more than once) is not understood"],
    );
    assert_eq!(
        assigned("begin new.code := nextval('s'); new.code := lpad(new.code, 6, '0'); end"),
        [
            "code: s: new.code (changed after it was assigned) is not understood",
            "code: s: new.code (changed after it was assigned) is not understood",
        ],
    );
    assert_eq!(
        assigned("begin execute format('select nextval(%L)', tg_argv[0]) into new.id; end"),
        ["id: Dynamic(\"EXECUTE format('select nextval(%L)', tg_argv[0])\"): \
             EXECUTE format('select nextval(%L)', tg_argv[0]) is not understood"],
    );
    assert_eq!(
        assigned("begin if a then new.id := nextval('s'); else new.id := nextval('t'); end if; end"),
        ["id: s: 1x+0", "id: t: 1x+0"],
    );
}

#[test]
fn draws_are_counted_once() {
    let body = read(
        "declare n text := 'shop.s'; v bigint; begin v := nextval(n); new.id := v; new.b := v; \
         perform nextval($1), nextval(seq); execute 'select nextval(''t'')' into v; execute 'select nextval(s)'; \
         execute format('select nextval(%L)', seq); return nextval('u'); end",
    );
    assert_eq!(
        arguments(body.draws()),
        [
            text("shop.s"),
            Argument::Parameter(1),
            Argument::Variable("seq".into()),
            text("t"),
            Argument::Dynamic("s".into()),
            Argument::Dynamic("EXECUTE format('select nextval(%L)', seq)".into()),
            text("u"),
        ],
    );
}

#[test]
fn returned_expressions_are_found() {
    let returned = |source: &str| -> Vec<_> {
        read(source).returned().iter().map(|expression| expression.text().to_owned()).collect()
    };
    assert_eq!(returned(" SELECT nextval('s') "), ["nextval('s')"]);
    assert_eq!(
        returned("insert into log values (1); select 'A' || nextval($1) as id;"),
        ["'A' || nextval($1)"]
    );
    assert_eq!(returned("RETURN nextval('s'::regclass)"), ["nextval('s'::regclass)"]);
    assert_eq!(
        returned("BEGIN ATOMIC\n SELECT nextval('s'::regclass) AS nextval;\nEND"),
        ["nextval('s'::regclass)"]
    );
    assert_eq!(returned("begin return nextval('s') + 1; end;"), ["nextval('s') + 1"]);
    assert_eq!(returned("declare v int := nextval('s'); begin return v; end;"), ["(nextval('s'))"]);
    assert_eq!(returned("begin new.id := 1; return new; end;"), [""; 0]);
    assert_eq!(returned("begin return query select nextval('s'); end;"), [""; 0]);
}

#[test]
fn calls_are_found() {
    let body = read(r#"begin new.id := shop."Next"('orders', 1); perform log(f(2)); return new; end"#);
    let names: Vec<_> = body.calls().iter().map(|call| call.function.to_string()).collect();
    assert_eq!(names, ["shop.\"Next\"", "log", "f"]);
    assert_eq!(body.calls()[0].arguments[0].literal.as_deref(), Some("orders"));
    let resolve = |call: &Call| (call.function.name == "Next").then_some(crate::model::Mapping::IDENTITY);
    let mapping = body.assignments()[0].expression.mapping_through(&resolve);
    assert_eq!(mapping, Ok(crate::model::Mapping::IDENTITY));
}

#[test]
fn bodies_that_grow_without_end_are_read_in_bounds() {
    let mut doubling = String::from("declare v0 text := 'x' || nextval('s');");
    for level in 1..40 {
        doubling.push_str(&format!("v{level} text := v{0} || v{0};", level - 1));
    }
    doubling.push_str("begin new.id := v39; a := b; b := a; new.b := b; return new; end");
    let body = read(&doubling);
    assert_eq!(body.draws().len(), 1);
    assert!(body.assignments()[0].expression.mapping().is_err());
    assert!(body.assignments()[1].expression.mapping().is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        source in "( |;|begin|end|case|when|then|declare|v|new\\.id|:=|=|select|into|execute|return|nextval\\('s'\\)|'x'|\\(|\\)|,|\\|\\|){0,30}"
    ) {
        let _ = Body::parse(&source);
    }
}
