package storage

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// wire turns arguments into PostgreSQL's binary form, in buffers that are used again. It writes arrays of the common
// types itself, without boxing each element. All others go the general way.
type wire struct {
	types   *pgtype.Map
	bytes   []byte
	values  [][]byte
	formats []int16
}

func (w *wire) encode(step *pgconn.StatementDescription, args []any) error {
	if len(args) != len(step.ParamOIDs) {
		return fmt.Errorf("%d arguments for %d parameters", len(args), len(step.ParamOIDs))
	}
	w.bytes, w.values, w.formats = w.bytes[:0], w.values[:0], w.formats[:0]
	for i, arg := range args {
		if err := w.add(step.ParamOIDs[i], arg); err != nil {
			return fmt.Errorf("argument %d: %w", i, err)
		}
	}
	return nil
}

func (w *wire) add(oid uint32, arg any) error {
	start, format := len(w.bytes), int16(pgtype.BinaryFormatCode)
	if !w.addArray(oid, arg) {
		format = w.types.FormatCodeForOID(oid)
		if _, ok := arg.(string); ok {
			format = pgtype.TextFormatCode
		}
		grown, err := w.types.Encode(oid, format, arg, w.bytes)
		if err != nil {
			return err
		}
		w.formats = append(w.formats, format)
		if grown == nil {
			w.values = append(w.values, nil)
			return nil
		}
		w.bytes, w.values = grown, append(w.values, grown[start:])
		return nil
	}
	w.formats, w.values = append(w.formats, format), append(w.values, w.bytes[start:])
	return nil
}

// resultFormats are not kept in a buffer: the pipeline holds on to them until the answer is read.
func (w *wire) resultFormats(step *pgconn.StatementDescription) []int16 {
	formats := make([]int16, len(step.Fields))
	for i, field := range step.Fields {
		formats[i] = w.types.FormatCodeForOID(field.DataTypeOID)
	}
	return formats
}

func (w *wire) addArray(oid uint32, arg any) bool {
	switch list := arg.(type) {
	case []string:
		return oid == pgtype.TextArrayOID && array(w, pgtype.TextOID, list, appendText)
	case [][]byte:
		return oid == pgtype.ByteaArrayOID && array(w, pgtype.ByteaOID, list, appendBytes)
	case []int64:
		return oid == pgtype.Int8ArrayOID && array(w, pgtype.Int8OID, list, appendInt)
	case []bool:
		return oid == pgtype.BoolArrayOID && array(w, pgtype.BoolOID, list, appendBool)
	case []time.Time:
		return oid == pgtype.TimestamptzArrayOID && array(w, pgtype.TimestamptzOID, list, appendTime)
	case []*time.Time:
		return oid == pgtype.TimestamptzArrayOID && array(w, pgtype.TimestamptzOID, list, appendTimeAt)
	}
	return false
}

// array writes a one-dimensional array: dimensions, whether there may be NULLs, the element's type, length, lower
// bound, and each element after its own length.
func array[T any](w *wire, oid uint32, list []T, one func([]byte, T) []byte) bool {
	dimensions := uint32(1)
	if len(list) == 0 {
		dimensions = 0
	}
	w.bytes = binary.BigEndian.AppendUint32(w.bytes, dimensions)
	w.bytes = binary.BigEndian.AppendUint32(w.bytes, 1)
	w.bytes = binary.BigEndian.AppendUint32(w.bytes, oid)
	if dimensions == 1 {
		w.bytes = binary.BigEndian.AppendUint32(w.bytes, uint32(len(list)))
		w.bytes = binary.BigEndian.AppendUint32(w.bytes, 1)
	}
	for _, element := range list {
		w.bytes = one(w.bytes, element)
	}
	return true
}

func appendText(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(text))), text...)
}

func appendBytes(to, data []byte) []byte {
	if data == nil {
		return appendNull(to)
	}
	return append(binary.BigEndian.AppendUint32(to, uint32(len(data))), data...)
}

func appendInt(to []byte, number int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(to, 8), uint64(number))
}

func appendBool(to []byte, yes bool) []byte {
	bit := byte(0)
	if yes {
		bit = 1
	}
	return append(binary.BigEndian.AppendUint32(to, 1), bit)
}

// epoch is where PostgreSQL's microseconds start: the year 2000.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func appendTime(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return appendNull(to)
	}
	return appendInt(to, at.UnixMicro()-epoch)
}

func appendTimeAt(to []byte, at *time.Time) []byte {
	if at == nil {
		return appendNull(to)
	}
	return appendTime(to, *at)
}

func appendNull(to []byte) []byte { return binary.BigEndian.AppendUint32(to, 0xffffffff) }
