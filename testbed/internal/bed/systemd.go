package bed

import (
	"context"
	"errors"
)

func (b *Bed) systemd(ctx context.Context, o Options) error { return errors.New("not yet") }
