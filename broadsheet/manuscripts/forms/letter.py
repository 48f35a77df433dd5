from broadsheet.manuscripts.forms.reference import parse_references


def parse_letter(rows, parsed):
    return parse_references(rows, parsed)
