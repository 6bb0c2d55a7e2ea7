package billing

// script is the statements of one transaction and what to do with the rows of each.
type script struct {
	statements []string
	args       [][]any
	rows       []func(scan func(dest ...any) error) error
}

func (s *script) add(statement string, args []any, row func(scan func(dest ...any) error) error) {
	s.statements, s.args, s.rows = append(s.statements, statement), append(s.args, args), append(s.rows, row)
}
